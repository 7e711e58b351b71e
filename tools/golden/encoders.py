#!/usr/bin/python3
"""Goldens of the six encoders from torchvision (Debian: python3-torchvision), run as: tools/golden/encoders.py

Writes libs/nn/test/data/encoders.json: per architecture the logits of a 4-class linear head on the averaged features for a
square three-channel image, one of odd size, and a grey image (torchvision sees it three times); and
libs/nn/test/data/state_dict/<architecture>.txt: the names and shapes of the backbone's tensors.
"""
import json
import pathlib

import numpy as np
import torch

from formula import fill, image
from torchvision_models import formula_model

DATA = pathlib.Path(__file__).resolve().parents[2] / "libs/nn/test/data"
# Architecture: (square size, odd height, odd width)
SIZES = {
    "alexnet": (64, 71, 97),
    "vgg16": (64, 33, 51),
    "vgg19": (64, 33, 51),
    "resnet34": (64, 71, 97),
    "resnet50": (64, 71, 97),
    "inception_v3": (80, 75, 97),
}
CLASSES = 4
NOT_BACKBONE = ("fc.", "classifier.", "AuxLogits.")


def backbone(architecture):
    """A torchvision model with formula weights, cut behind its last feature map; and that backbone's state dict."""
    model = formula_model(architecture)
    kept = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith(NOT_BACKBONE)}
    if hasattr(model, "features"):
        return model.features, kept
    model.fc = torch.nn.Identity()
    return model, kept


def logits(features, pixels):
    """Linear head with formula weights on the averaged features, scaled so that logits are of order one."""
    with torch.no_grad():
        pooled = features(torch.from_numpy(pixels))
        if pooled.dim() == 4:
            pooled = pooled.mean((2, 3))
        pooled = pooled / pooled.std()
        head = torch.from_numpy(fill("head.weight", (CLASSES, pooled.shape[1])))
        return [round(value, 6) for value in (pooled @ head.T)[0].tolist()]


def main():
    goldens = {}
    (DATA / "state_dict").mkdir(parents=True, exist_ok=True)
    for architecture, (size, height, width) in SIZES.items():
        features, state = backbone(architecture)
        grey = image("grey", (1, 1, size, size))
        goldens[architecture] = {
            "size": size,
            "odd_size": [height, width],
            "logits": logits(features, image("square", (1, 3, size, size))),
            "odd_logits": logits(features, image("odd", (1, 3, height, width))),
            "grey_logits": logits(features, np.repeat(grey, 3, axis=1)),
        }
        lines = [f"{name} {' '.join(map(str, tensor.shape))}\n" for name, tensor in sorted(state.items())]
        (DATA / "state_dict" / f"{architecture}.txt").write_text("".join(lines))
    (DATA / "encoders.json").write_text(json.dumps(goldens, indent=1) + "\n")


if __name__ == "__main__":
    main()
