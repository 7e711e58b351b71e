#!/usr/bin/python3
"""Goldens of three explanation methods (Debian: python3-torchvision), run as: tools/golden/explanations.py

Saliency, integrated gradients and Grad-CAM in plain PyTorch over torchvision's six encoders with formula weights, a linear
head on the averaged features, a grey image seen three times and normalised as cxrnet does. Grad-CAM hooks the module whose
output is the last feature map. All in double precision: in single precision rounding decides which rectifiers pass, and the
gradients of two machines differ by more than 1e-4.

Writes libs/explain/test/data/explanations.json: per architecture and method every STRIDE-th pixel of the heat map, row by
row. The class is the one whose Grad-CAM map varies most, since some are 0 everywhere.
"""
import json
import pathlib

import numpy as np
import torch

from formula import fill, image
from torchvision_models import formula_model

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "libs/explain/test/data/explanations.json"
# Architecture: (height, width, module of the last feature map)
CASES = {
    "alexnet": (96, 129, "features"),
    "vgg16": (64, 67, "features"),
    "vgg19": (64, 67, "features"),
    "resnet34": (96, 129, "layer4"),
    "resnet50": (96, 129, "layer4"),
    "inception_v3": (112, 139, "Mixed_7c"),
}
CLASSES = 16
STEPS = 3
STRIDE = 37


class Explainer:
    def __init__(self, architecture, module):
        self.model = formula_model(architecture).double()
        self.activation = None
        self.target = 0
        self.model.get_submodule(module).register_forward_hook(self._keep)

    def _keep(self, _module, _inputs, output):
        self.activation = output

    def logit(self, grey):
        """The logit of class `target` of a grey image [1, 1, H, W] in [0, 1]."""
        self.model(((grey - 0.5) / 0.25).repeat(1, 3, 1, 1))
        pooled = self.activation.mean((2, 3))
        head = torch.from_numpy(fill("head.fc.weight", (CLASSES, pooled.shape[1]))).double()
        return (pooled @ head.T)[0, self.target]

    def choose_target(self, grey):
        spread = []
        for self.target in range(CLASSES):
            spread.append(self.grad_cam(grey).std().item())
        self.target = int(np.argmax(spread))

    def saliency(self, grey):
        grey = grey.clone().requires_grad_(True)
        self.logit(grey).backward()
        return grey.grad.abs()

    def integrated_gradients(self, grey):
        total = torch.zeros_like(grey)
        for step in range(STEPS):
            point = (grey * ((step + 0.5) / STEPS)).requires_grad_(True)
            self.logit(point).backward()
            total += point.grad
        return (grey * total / STEPS).abs()

    def grad_cam(self, grey):
        score = self.logit(grey)
        self.activation.retain_grad()
        score.backward()
        weights = self.activation.grad.mean((2, 3), keepdim=True)
        map_ = torch.relu((weights * self.activation).sum(1, keepdim=True))
        return torch.nn.functional.interpolate(map_, grey.shape[2:], mode="bilinear", align_corners=False)


def heat(raw):
    """Scaled to [0, 1], thinned out."""
    values = raw.detach().numpy()[0, 0].astype(np.float64)
    values = (values - values.min()) / (values.max() - values.min())
    return [round(value, 5) for value in values.ravel()[::STRIDE].tolist()]


def main():
    goldens = {"classes": CLASSES, "steps": STEPS, "stride": STRIDE, "architectures": {}}
    for architecture, (height, width, module) in CASES.items():
        explainer = Explainer(architecture, module)
        grey = torch.from_numpy((image("scan", (1, 1, height, width)) + 1.0) / 2.0).double()
        explainer.choose_target(grey)
        goldens["architectures"][architecture] = {
            "height": height,
            "width": width,
            "target": explainer.target,
            "saliency": heat(explainer.saliency(grey)),
            "integrated_gradients": heat(explainer.integrated_gradients(grey)),
            "grad_cam": heat(explainer.grad_cam(grey)),
        }
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(goldens, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
