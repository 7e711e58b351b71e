"""Numbers that C++ regenerates exactly: see libs/nn/test/formula.h.

Element i of the tensor `name` is a uniform number in [-1, 1) made by SplitMix64 from FNV-1a of the name, so that goldens
need no weight files.
"""
import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _fnv1a(name: str) -> int:
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


def uniform(name: str, count: int) -> np.ndarray:
    """`count` numbers in [-1, 1), float64."""
    with np.errstate(over="ignore"):
        state = np.uint64(_fnv1a(name)) + _GOLDEN * np.arange(1, count + 1, dtype=np.uint64)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = state ^ (state >> np.uint64(31))
    return (state >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0


def fill(name: str, shape: tuple) -> np.ndarray:
    """A parameter or buffer: He-uniform weights, batch-norm figures near 1 and 0, variances positive."""
    values = uniform(name, int(np.prod(shape))).reshape(shape)
    if len(shape) >= 2:
        return (values * np.sqrt(6.0 / np.prod(shape[1:]))).astype(np.float32)
    if name.endswith("running_var") or name.endswith("weight"):
        return (1.0 + 0.25 * values).astype(np.float32)
    return (0.1 * values).astype(np.float32)


def image(name: str, shape: tuple) -> np.ndarray:
    """A noise image in [-1, 1)."""
    return uniform(name, int(np.prod(shape))).reshape(shape).astype(np.float32)
