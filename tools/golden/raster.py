#!/usr/bin/env python3
"""Makes libs/imaging/test/data/raster: small pictures in uncommon variants and, as PGM, the grey values expected of them.

The expected values are Pillow's, or known from the way the file is made. Needs Debian's python3-pil and python3-numpy.
Run from the repository's root: python3 tools/golden/raster.py
"""

import io
import pathlib
import shutil
import struct
import zlib

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


def packed(chunk, bits, byte_order):
    """Samples of `bits` bits behind one another, each row from a byte's start on."""
    rows = chunk.reshape(chunk.shape[0], -1) & ((1 << bits) - 1)
    if bits in (8, 16):
        return rows.astype(f"{byte_order}u{bits // 8}").tobytes()
    return b"".join(np.packbits((row[:, None] >> np.arange(bits - 1, -1, -1)) & 1).tobytes() for row in rows)


def chunked_tiff(values, bits, byte_order="<", big=False, tile=None, rows_per_strip=None, separate=False,
                 photometric=MIN_IS_BLACK, sample_format=1, deflated=False):
    """A TIFF or BigTIFF in strips or tiles, byte by byte. values: [rows, columns] or [rows, columns, samples]."""
    values = values.reshape(values.shape[0], values.shape[1], -1)
    planes = [values[..., i:i + 1] for i in range(values.shape[2])] if separate else [values]
    height, width = (tile, tile) if tile else (rows_per_strip or len(values), values.shape[1])
    chunks = []
    for plane in planes:
        for top in range(0, len(values), height):
            for left in range(0, values.shape[1], width):
                chunk = plane[top:top + height, left:left + width]
                if tile:  # tiles are always whole
                    missing = [(0, tile - chunk.shape[0]), (0, tile - chunk.shape[1]), (0, 0)]
                    chunk = np.pad(chunk, missing)
                data = packed(chunk, bits, byte_order)
                chunks.append(zlib.compress(data) if deflated else data)
    start, offsets = (16 if big else 8), []
    for chunk in chunks:
        offsets.append(start + sum(map(len, chunks[:len(offsets)])))
    lengths = [len(chunk) for chunk in chunks]
    samples = values.shape[2]
    tags = [(256, 4, [values.shape[1]]), (257, 4, [len(values)]), (258, 3, [bits] * samples), (259, 3, [8 if deflated else 1]),
            (262, 3, [photometric]), (277, 3, [samples]), (284, 3, [2 if separate else 1])]
    tags += [(322, 4, [tile]), (323, 4, [tile]), (324, 4, offsets), (325, 4, lengths)] if tile else [
        (273, 4, offsets), (278, 4, [height]), (279, 4, lengths)]
    tags += [(339, 3, [sample_format] * samples)]
    return header_and_directory(sorted(tags), b"".join(chunks), byte_order, big)


def header_and_directory(tags, pixels, order, big):
    start, word, field = (16, "Q", 8) if big else (8, "I", 4)
    mark = b"II" if order == "<" else b"MM"
    directory = start + len(pixels)
    header = mark + (struct.pack(order + "HHHQ", 43, 8, 0, directory) if big else struct.pack(order + "HI", 42, directory))
    entry_bytes = 4 + 2 * field
    after = directory + (8 if big else 2) + entry_bytes * len(tags) + field
    entries, extra = b"", b""
    for tag, kind, numbers in tags:
        cell = struct.pack(order + ("H" if kind == 3 else "I") * len(numbers), *numbers)
        if len(cell) > field:
            extra, cell = extra + cell, struct.pack(order + word, after + len(extra))
        entries += struct.pack(order + "HH" + word, tag, kind, len(numbers)) + cell.ljust(field, b"\0")
    return header + pixels + struct.pack(order + ("Q" if big else "H"), len(tags)) + entries + bytes(field) + extra


def stretched(counts):
    """What counts of detectors look like: black and white at the 0.5 and 99.5 percentile."""
    ordered = np.sort(counts.ravel())
    low, high = (ordered[int(fraction * (len(ordered) - 1))] for fraction in (0.005, 0.995))
    return np.clip(np.floor((counts - low) / (high - low) * 65535 + 0.5), 0, 65535).astype(np.int64)


def write_chunked_tiffs():
    grey, deep, counts = picture(5, 250), picture(900, 60000), picture(60, 3960)
    colour = np.dstack([deep, picture(60000, 900), picture(9000, 20000)])
    files = {
        "big": (chunked_tiff(grey, 8, big=True), grey),
        "big_big_endian": (chunked_tiff(grey, 8, ">", big=True, rows_per_strip=8), grey),
        "deep_big": (chunked_tiff(deep, 16, big=True, rows_per_strip=9), deep),
        "deep_big_big_endian": (chunked_tiff(deep, 16, ">", big=True), deep),
        "tiled": (chunked_tiff(grey, 8, tile=16), grey),
        "deep_tiled": (chunked_tiff(deep, 16, tile=16), deep),
        "deep_tiled_big_endian_deflate": (chunked_tiff(deep, 16, ">", tile=32, deflated=True), deep),
        "deep_colour": (chunked_tiff(colour, 16, photometric=2, rows_per_strip=10), luma_of(colour)),
        "deep_colour_planes": (chunked_tiff(colour, 16, photometric=2, separate=True), luma_of(colour)),
        "deep_colour_plane_tiles": (chunked_tiff(colour, 16, photometric=2, separate=True, tile=16), luma_of(colour)),
        "twelve_bit": (chunked_tiff(counts, 12), np.round(counts / 4095 * 65535).astype(np.int64)),
        "signed": (chunked_tiff(counts - 1000, 16, sample_format=2), stretched(counts)),
        "counts": (chunked_tiff(counts, 16), stretched(counts)),
        "counts_min_is_white": (chunked_tiff(4095 - counts, 16, photometric=MIN_IS_WHITE), 65535 - stretched(4095 - counts)),
        "counts_complement": (chunked_tiff(65535 - counts, 16, photometric=MIN_IS_WHITE), 65535 - stretched(65535 - counts)),
    }
    for name, (data, expected) in files.items():
        (OUTPUT / f"{name}.tif").write_bytes(data)
        if expected is not grey and expected is not deep:  # those stand in lzw.pgm and deep.pgm
            write_pgm(f"{name}_tif", expected)


def write_jpeg_tiffs():
    """A JPEG file as the only strip, whole and with half of its data."""
    stream = io.BytesIO()
    Image.fromarray(picture(5, 250).astype("u1")).save(stream, "jpeg", quality=95)
    whole = stream.getvalue()
    for name, strip in (("jpeg_inside", whole), ("jpeg_inside_cut", whole[:len(whole) // 2 + 150])):
        tags = [(256, 4, [COLUMNS]), (257, 4, [ROWS]), (258, 3, [8]), (259, 3, [7]), (262, 3, [MIN_IS_BLACK]), (273, 4, [8]),
                (277, 3, [1]), (278, 4, [ROWS]), (279, 4, [len(strip)])]
        (OUTPUT / f"{name}.tif").write_bytes(header_and_directory(tags, strip, "<", big=False))
    write_pgm("jpeg_inside_tif", np.asarray(Image.open(stream)))


def luma_of(colour):
    return np.round(colour @ [0.299, 0.587, 0.114]).astype(np.int64)


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
    write_chunked_tiffs()
    write_jpeg_tiffs()
    write_pngs()
    write_jpegs()
    write_bmps()
