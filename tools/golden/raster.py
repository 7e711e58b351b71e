#!/usr/bin/env python3
"""Makes libs/imaging/test/data/raster: small pictures in uncommon variants and, as PGM, the grey values expected of them.

The expected values are Pillow's, or known from the way the file is made. Needs Debian's python3-pil and python3-numpy.
Run from the repository's root: python3 tools/golden/raster.py
"""

import pathlib
import shutil
import struct

import numpy as np
from PIL import Image

OUTPUT = pathlib.Path("libs/imaging/test/data/raster")
ROWS, COLUMNS = 35, 45
MIN_IS_WHITE, MIN_IS_BLACK = 0, 1


def picture(low, high):
    """[ROWS, COLUMNS] int64; holds both end values, the same upright and turned nowhere."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    values = np.round(low + (high - low) * (np.sin(x / 7.0) * np.cos(y / 5.0 + x / 30.0) * 0.5 + 0.5)).astype(np.int64)
    values[:3, :5], values[-3:, -5:] = low, high
    return values


def write_pgm(name, values):
    top = 255 if values.max() < 256 else 65535
    header = f"P5 {values.shape[1]} {values.shape[0]} {top}\n".encode()
    (OUTPUT / f"{name}.pgm").write_bytes(header + values.astype("u1" if top == 255 else ">u2").tobytes())


def tiff(values, bits, photometric=MIN_IS_BLACK, orientation=1, byte_order="<", samples=1, compression=1, pages=1):
    """An uncompressed TIFF, byte by byte; every page shows the same strip."""
    strip = values.astype(f"{byte_order}u{bits // 8}").tobytes()
    tags = [(256, 4, values.shape[1]), (257, 4, values.shape[0]), (258, 3, bits), (259, 3, compression),
            (262, 3, photometric), (273, 4, 8), (274, 3, orientation), (277, 3, samples), (278, 4, values.shape[0]),
            (279, 4, len(strip))]
    data = (b"II*\0" if byte_order == "<" else b"MM\0*") + struct.pack(byte_order + "I", 8 + len(strip)) + strip
    directory_bytes = 2 + 12 * len(tags) + 4
    for page in range(pages):
        data += struct.pack(byte_order + "H", len(tags))
        for tag, kind, value in tags:
            cell = struct.pack(byte_order + ("HH" if kind == 3 else "I"), *((value, 0) if kind == 3 else (value,)))
            data += struct.pack(byte_order + "HHI", tag, kind, 1) + cell
        following = 8 + len(strip) + directory_bytes * (page + 1) if page + 1 < pages else 0
        data += struct.pack(byte_order + "I", following)
    return data


def write_tiffs():
    grey = picture(5, 250)
    deep = picture(900, 60000)
    Image.fromarray(grey.astype("u1")).save(OUTPUT / "lzw.tif", compression="tiff_lzw")
    write_pgm("lzw", grey)
    Image.fromarray(deep.astype("u2")).save(OUTPUT / "deep_deflate.tif", compression="tiff_adobe_deflate")
    write_pgm("deep_deflate", deep)
    for name, values, bits in (("min_is_white", grey, 8), ("deep_min_is_white", deep, 16)):
        (OUTPUT / f"{name}.tif").write_bytes(tiff((1 << bits) - 1 - values, bits, MIN_IS_WHITE))
        write_pgm(name, values)
    (OUTPUT / "deep_big_endian.tif").write_bytes(tiff(deep, 16, byte_order=">"))
    write_pgm("deep_big_endian", deep)
    (OUTPUT / "turned.tif").write_bytes(tiff(grey[::-1, ::-1], 8, orientation=3))
    write_pgm("turned", grey)
    (OUTPUT / "two_pages.tif").write_bytes(tiff(grey, 8, pages=2))
    Image.fromarray(np.dstack([grey] * 4).astype("u1"), "CMYK").save(OUTPUT / "cmyk.tif", compression="tiff_lzw")
    Image.fromarray(grey.astype("f4")).save(OUTPUT / "floating_point.tif")


def write_pngs():
    grey = picture(5, 250)
    colour = np.dstack([grey, picture(250, 5), picture(60, 90)])
    luma = np.asarray(Image.fromarray(colour.astype("u1")).convert("L"))
    Image.fromarray(colour.astype("u1")).save(OUTPUT / "colour.png")
    write_pgm("colour", luma)
    Image.fromarray(np.dstack([grey] * 3).astype("u1")).save(OUTPUT / "grey_as_colour.png")
    write_pgm("grey_as_colour", grey)
    alpha = picture(0, 255)
    Image.fromarray(np.dstack([grey, alpha]).astype("u1"), "LA").save(OUTPUT / "grey_alpha.png")
    write_pgm("grey_alpha", grey)
    Image.fromarray(np.dstack([colour, alpha]).astype("u1"), "RGBA").save(OUTPUT / "colour_alpha.png")
    write_pgm("colour_alpha", luma)
    palette = Image.fromarray((grey // 16).astype("u1"), "P")
    palette.putpalette([c for i in range(16) for c in (i * 17, 255 - i * 17, i * 9)])
    palette.save(OUTPUT / "palette.png")
    write_pgm("palette", np.asarray(palette.convert("RGB").convert("L")))
    Image.fromarray(grey > 128).save(OUTPUT / "one_bit.png")
    write_pgm("one_bit", np.where(grey > 128, 255, 0))
    Image.fromarray(picture(900, 60000).astype("u2")).save(OUTPUT / "deep.png")
    write_pgm("deep", picture(900, 60000))


def write_jpegs():
    smooth = Image.fromarray(picture(5, 250).astype("u1"))
    smooth.save(OUTPUT / "progressive.jpg", quality=95, progressive=True)
    write_pgm("progressive", np.asarray(Image.open(OUTPUT / "progressive.jpg")))
    colour = Image.fromarray(np.dstack([picture(5, 250), picture(250, 5), picture(60, 90)]).astype("u1"))
    colour.save(OUTPUT / "colour.jpg", quality=95)
    draft = Image.open(OUTPUT / "colour.jpg")
    draft.draft("L", draft.size)  # the luma as it is stored
    write_pgm("colour_jpeg", np.asarray(draft))
    colour.convert("CMYK").save(OUTPUT / "cmyk.jpg", quality=80)


def write_bmps():
    grey = picture(5, 250)
    Image.fromarray(grey.astype("u1")).save(OUTPUT / "grey.bmp")
    write_pgm("grey_bmp", grey)


if __name__ == "__main__":
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    write_tiffs()
    write_pngs()
    write_jpegs()
    write_bmps()
