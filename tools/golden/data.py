#!/usr/bin/python3
"""Goldens of libs/data: images written and decoded by Pillow, and splits by an independent implementation.

Usage: tools/golden/data.py        (Debian: python3-pil, python3-numpy)
Writes libs/data/test/data/*.{png,jpg} and prints the splits that splits_test.cpp holds.
"""

import collections
import math
import pathlib

import numpy
from PIL import Image

OUT = pathlib.Path(__file__).resolve().parents[2] / "libs/data/test/data"
HEIGHT, WIDTH = 19, 23  # odd on purpose: rows of a 1-bit PNG then end inside a byte


def grid():
    return numpy.mgrid[0:HEIGHT, 0:WIDTH]


def write_images():
    OUT.mkdir(parents=True, exist_ok=True)
    y, x = grid()
    grey = ((7 * x + 13 * y) % 256).astype(numpy.uint8)
    Image.fromarray(grey).save(OUT / "grey8.png")
    Image.fromarray((grey.astype(numpy.uint16) * 256 + 77)).save(OUT / "grey16.png")
    Image.fromarray((x * y) % 3 == 0).save(OUT / "mask1.png")
    smooth = (128 + 100 * numpy.sin(x / 5.0) * numpy.cos(y / 4.0)).astype(numpy.uint8)
    Image.fromarray(smooth).save(OUT / "smooth.jpg", quality=92)
    Image.open(OUT / "smooth.jpg").save(OUT / "smooth_decoded.png")  # what libjpeg makes of it
    Image.fromarray(smooth).save(OUT / "smooth_progressive.jpg", quality=92, progressive=True)
    Image.new("L", (4097, 1)).save(OUT / "wide.png")
    Image.new("L", (8, 8)).save(OUT / "other_kind.gif")


class Random:
    """SplitMix64, as in Steele, Lea and Flood 2014."""

    MASK = (1 << 64) - 1
    GOLDEN = 0x9E3779B97F4A7C15

    def __init__(self, seed):
        self.state = seed

    @classmethod
    def mix(cls, v):
        v = ((v ^ (v >> 30)) * 0xBF58476D1CE4E5B9) & cls.MASK
        v = ((v ^ (v >> 27)) * 0x94D049BB133111EB) & cls.MASK
        return v ^ (v >> 31)

    @classmethod
    def derive(cls, *parts):
        seed = 0
        for part in parts:
            seed = cls.mix((seed + cls.GOLDEN + cls.mix((part + cls.GOLDEN) & cls.MASK)) & cls.MASK)
        return seed

    def index(self, size):
        limit = self.MASK - self.MASK % size
        while True:
            self.state = (self.state + self.GOLDEN) & self.MASK
            value = self.mix(self.state)
            if value < limit:
                return value % size

    def permutation(self, size):
        order = list(range(size))
        for i in range(size, 1, -1):
            j = self.index(i)
            order[i - 1], order[j] = order[j], order[i - 1]
        return order


def random_split(labels, fraction, seed):
    sides = ["."] * len(labels)
    for stratum, label in enumerate(sorted(set(labels))):
        rows = [i for i, l in enumerate(labels) if l == label]
        order = Random(Random.derive(seed, stratum)).permutation(len(rows))
        for k in order[: math.floor(fraction * len(rows) + 0.5)]:
            sides[rows[k]] = "T"
    return "".join(sides)


def grouped_split(labels, groups, fraction, seed):
    total = collections.Counter(labels)
    held = {".": collections.Counter(), "T": collections.Counter()}
    part = {".": 1 - fraction, "T": fraction}
    by_group = [[i for i, g in enumerate(groups) if g == group] for group in sorted(set(groups))]
    order = [by_group[k] for k in Random(seed).permutation(len(by_group))]
    sides = ["."] * len(labels)
    for rows in sorted(order, key=lambda rows: -len(rows)):
        counts = collections.Counter(labels[i] for i in rows)

        def imbalance(side):
            def fill(each, label):
                return (held[each][label] + (counts[label] if each == side else 0)) / (part[each] * total[label])

            return sum((fill(".", label) - fill("T", label)) ** 2 for label in counts)

        side = "T" if imbalance("T") < imbalance(".") else "."
        held[side].update(counts)
        for i in rows:
            sides[i] = side
    return "".join(sides)


def main():
    write_images()
    labels, groups = "aaaaabbbbb", "1123456667"
    print("random_stratified_split:", random_split(labels, 0.4, 11))
    print("patient_grouped_split:  ", grouped_split(labels, groups, 0.4, 11))


if __name__ == "__main__":
    main()
