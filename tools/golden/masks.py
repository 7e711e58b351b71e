#!/usr/bin/python3
"""Goldens of libs/data/src/mask*.cpp: the same two lungs, stored in the ways in which masks are met, and what is no mask.

Usage: tools/golden/masks.py        (Debian: python3-pil, python3-numpy)
Writes libs/data/test/data/masks/*. mask_test.cpp holds the lungs as numbers of its own.
"""

import pathlib
import struct
import zlib

import numpy
from PIL import Image

OUT = pathlib.Path(__file__).resolve().parents[2] / "libs/data/test/data/masks"
HEIGHT, WIDTH = 38, 41
y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
RIGHT = (x >= 6) & (x <= 15) & (y >= 7) & (y <= 29)  # the patient's right, the reader's left
LEFT = (x >= 24) & (x <= 33) & (y >= 7) & (y <= 29)
LUNGS = RIGHT | LEFT
HEART = (x >= 16) & (x <= 27) & (y >= 19) & (y <= 32)


def grey(background, right, left):
    return numpy.select([RIGHT, LEFT], [right, left], background).astype(numpy.uint8)


def colours(background, right, left):
    image = numpy.empty((HEIGHT, WIDTH, 3), numpy.uint8)
    image[:] = background
    image[RIGHT] = right
    image[LEFT] = left
    return image


def save(name, array, **options):
    Image.fromarray(array).save(OUT / name, **options)


def palette(name, numbers, entries, **options):
    image = Image.fromarray(numbers, "P")
    image.putpalette([value for entry in entries for value in entry])
    image.save(OUT / name, **options)


def grey_png(name, bits, rows):
    """Rows as they are packed, each behind the number of its filter."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, 0, 0, 0, 0)
    (OUT / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) +
                             chunk(b"IEND", b""))


def two_bits(name, numbers):
    """Grey of 2 bits, which Pillow does not write."""
    rows = b""
    for row in numbers:
        padded = list(row) + [0] * (-len(row) % 4)
        rows += b"\0" + bytes(
            padded[i] << 6 | padded[i + 1] << 4 | padded[i + 2] << 2 | padded[i + 3] for i in range(0, len(padded), 4))
    grey_png(name, 2, rows)


def read_rightly():
    black, white, red, green = (0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0)
    save("0_255.png", grey(0, 255, 255))
    save("0_1.png", grey(0, 1, 1))
    save("3_7.png", grey(3, 7, 7))
    save("1_bit.png", LUNGS)
    two_bits("2_bits_labels.png", grey(0, 1, 2))
    save("labels_0_1_2.png", grey(0, 1, 2))
    save("labels_0_127_255.png", grey(0, 127, 255))
    save("16_bits_0_1.png", grey(0, 1, 1).astype(numpy.uint16))
    save("16_bits_0_65535.png", grey(0, 255, 255).astype(numpy.uint16) * 257)
    palette("palette_black_white.png", grey(0, 1, 1), [black, white], bits=1)
    palette("palette_white_black.png", grey(1, 0, 0), [white, black], bits=1)
    palette("palette_dark_red.png", grey(0, 1, 1), [black, (128, 0, 0)], bits=8)
    palette("palette_labels.png", grey(0, 1, 2), [black, red, green], bits=4)
    palette("palette_all_black.png", grey(0, 1, 1), [black, black, white], bits=2)
    palette("palette_transparent.png", grey(0, 1, 1), [black, red], bits=8, transparency=bytes([0, 128]))
    save("rgb.png", colours(black, white, white))
    save("rgb_0_1.png", colours(black, (1, 1, 1), (1, 1, 1)))
    save("rgb_viridis.png", colours((68, 1, 84), (253, 231, 37), (253, 231, 37)))
    save("rgb_labels.png", colours(black, red, green))
    opaque = numpy.full((HEIGHT, WIDTH, 1), 255, numpy.uint8)
    save("rgba.png", numpy.concatenate([colours(black, white, white), opaque], axis=2))
    alpha = grey(0, 255, 255)[..., None]
    save("alpha.png", numpy.concatenate([colours(red, red, red), alpha], axis=2))
    save("transparent_background.png", numpy.concatenate([colours(white, red, red), alpha], axis=2))
    save("grey_alpha.png", numpy.concatenate([grey(0, 1, 1)[..., None], opaque], axis=2))
    stray = grey(0, 1, 1)
    stray[2, 2] = 255
    save("0_1_stray_255.png", stray)
    large = Image.fromarray(grey(0, 255, 255)).resize((WIDTH * 3, HEIGHT * 3), Image.NEAREST)
    large.resize((WIDTH, HEIGHT), Image.BICUBIC, box=(0, 0, WIDTH * 3, HEIGHT * 3)).save(OUT / "resized.png")
    blurred = Image.fromarray(grey(0, 255, 255)).resize((WIDTH * 4, HEIGHT * 4), Image.BICUBIC)
    blurred.resize((WIDTH, HEIGHT), Image.BOX).save(OUT / "soft.png")
    save("ringing.jpg", grey(0, 255, 255), quality=60)
    save("ringing_rgb.jpg", colours(black, white, white), quality=60)
    Image.open(OUT / "ringing.jpg").save(OUT / "ringing.png")
    save("ringing_labels.jpg", grey(0, 128, 255), quality=85)


def refused():
    black, red = (0, 0, 0), (255, 0, 0)
    save("empty.png", grey(0, 0, 0))
    save("white.png", grey(255, 255, 255))
    save("one_colour.png", colours(red, red, red))
    save("inverted.png", grey(255, 0, 0))
    save("inverted_0_1.png", grey(1, 0, 0))
    heart = grey(0, 1, 1)
    heart[HEART & ~LUNGS] = 2
    save("lungs_and_heart.png", heart)
    lobes = grey(0, 1, 2)
    lobes[LUNGS & (y > 18)] += 2
    save("lobes.png", lobes)
    save("picture.png", ((3 * x + 4 * y) % 256).astype(numpy.uint8))
    save("colour_picture.png", numpy.stack([6 * x, 6 * y, x + y], axis=2).astype(numpy.uint8))
    save("0_1.jpg", grey(0, 1, 1), quality=95)
    save("coloured.jpg", colours(black, red, (0, 255, 0)), quality=80)
    save("equally_bright.png", colours((100, 100, 100), (0, 170, 2), (0, 170, 2)))
    dot = grey(0, 0, 0)
    dot[5, 5] = 255
    save("dot.png", dot)
    rows = b"".join(b"\0" + row.tobytes() for row in grey(0, 255, 255))
    grey_png("much_more_behind_the_rows.png", 8, rows + bytes(16 << 20))


OUT.mkdir(parents=True, exist_ok=True)
read_rightly()
refused()
