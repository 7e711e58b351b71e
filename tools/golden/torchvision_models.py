"""torchvision's models with the weights of formula.py."""
import torch
import torchvision

from formula import fill


def formula_model(architecture: str) -> torch.nn.Module:
    """In evaluation mode, float32; the classifier's weights are the formula's, too."""
    arguments = {"init_weights": False} if architecture == "inception_v3" else {}
    model = torchvision.models.get_model(architecture, weights=None, **arguments).eval()
    model.load_state_dict({
        name: tensor if name.endswith("num_batches_tracked") else torch.from_numpy(fill(name, tuple(tensor.shape)))
        for name, tensor in model.state_dict().items()
    })
    return model
