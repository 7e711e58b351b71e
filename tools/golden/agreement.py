#!/usr/bin/env python3
"""Makes libs/explain/test/data/agreement.json: pairs of maps with scikit-image's structural similarity and SciPy's rank
correlation beside them.

Needs Debian's python3-skimage and python3-scipy. Run from the repository's root: python3 tools/golden/agreement.py
"""

import json
import pathlib

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.stats import rankdata, spearmanr
from skimage.metrics import structural_similarity

OUTPUT = pathlib.Path("libs/explain/test/data/agreement.json")


def quantised(values, steps):
    """Scaled to [0, 1] in `steps` steps: exact in single precision, and with ties."""
    scaled = (values - values.min()) / (values.max() - values.min())
    return np.round(scaled * steps) / steps


def make_pairs(rng):
    smooth = gaussian_filter(rng.normal(size=(16, 21)), 1.5)
    yield "smooth and its noisy copy", quantised(smooth, 64), quantised(smooth + rng.normal(size=smooth.shape) / 10, 64)
    yield "unrelated", quantised(rng.normal(size=(13, 12)), 256), quantised(rng.normal(size=(13, 12)), 256)
    yield "many ties", quantised(smooth, 4), quantised(-smooth + rng.normal(size=smooth.shape) / 20, 8)
    steep = rng.uniform(size=(11, 11)) ** 6
    yield "one window", quantised(steep, 512), quantised(np.sqrt(steep), 512)


def evaluate(name, a, b):
    ssim = structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0)
    return {
        "name": name,
        "shape": list(a.shape),
        "a": a.ravel().tolist(),
        "b": b.ravel().tolist(),
        "ssim": float(ssim),
        "rank_correlation": float(spearmanr(a.ravel(), b.ravel()).correlation),
        "rank_sum_of_squares": float((rankdata(a.ravel()) ** 2).sum()),
    }


def main():
    rows = [evaluate(*pair) for pair in make_pairs(np.random.default_rng(4))]
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(rows, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
