#!/usr/bin/env python3
"""Writes small valid files for the fuzz targets to start from: one folder per target.

    make_seeds.py FOLDER TARGET...      targets: safetensors manifest mask shard_image image dicom

Standard library only, and DCMTK's tools for the compressed DICOM files.
"""
import base64
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

SIDE = 40  # above the smallest accepted side, 32


def pixel(x, y):
    """A smooth picture with contrast, 0 to 255."""
    return (3 * x + 2 * y + (x * y) // 8) % 256


def grey8():
    return bytes(pixel(x, y) for y in range(SIDE) for x in range(SIDE))


def grey16(order, bits=16):
    maximum = (1 << bits) - 1
    values = [pixel(x, y) * maximum // 255 for y in range(SIDE) for x in range(SIDE)]
    return struct.pack(f"{order}{len(values)}H", *values)


def rgb():
    return bytes(value for grey in grey8() for value in (grey, grey, 255 - grey))


# The same picture as JPEG (baseline) and as a JPEG 2000 codestream, which no tool of the test machine writes.
JPEG = base64.b64decode("""
/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6
T/wAALCAAoACgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKB
kaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpK
Wmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AOfRasIlWEjqwkVWEh9qxI1q3GlWo46txxVa
jh9q5uJauxJV2KOrsUVPubq20+ISXD7c52qBksfYVzcK1fhSr8MdTXdxHp9m9xIN2OFXOCx9K5Oaaa+uDPO25j0A6KPQe1XrdelaNunStGJVRS7kKqjJJO
ABXKahevqV4ZPmES8Rof4R/if89Kfbw9OK/9k=""")
JPEG_2000 = base64.b64decode("""
/0//UQApAAAAAAAoAAAAKAAAAAAAAAAAAAAAKAAAACgAAAAAAAAAAAABBwEB/1IADAAAAAEABQQEAAH/XAATQEBISFBISFBISFBISFBISFD/ZAAlAAFDcm
VhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjD/kAAKAAAAAAAsAAH/k98oQAe3BQ/HBRwUPpBACn0KhQa/xEAUAsiAKfuAgP/Z""")


# --- raster files -----------------------------------------------------------------------------------------------------


def png(rows, bit_depth, colour_type, extra=b""):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", SIDE, SIDE, bit_depth, colour_type, 0, 0, 0)
    stride = len(rows) // SIDE
    lines = b"".join(b"\0" + rows[i * stride : (i + 1) * stride] for i in range(SIDE))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(lines))
            + chunk(b"IEND", b""))


def png_palette():
    body = b"".join(bytes((i, i, 255 - i)) for i in range(256))
    palette = struct.pack(">I", len(body)) + b"PLTE" + body + struct.pack(">I", zlib.crc32(b"PLTE" + body))
    return png(grey8(), 8, 3, palette)


def mask_rows():
    width = (SIDE + 7) // 8
    return b"".join(bytes([0x0F, 0xFF, 0xF0, 0x3C, 0x00][:width]) for _ in range(SIDE))


def lung_masks():
    """Two lungs, as numbers of several widths, as a palette and under alpha."""
    def lungs(right, left):
        return [right if 5 <= x < 16 and 6 <= y < 34 else left if 24 <= x < 35 and 6 <= y < 34 else 0
                for y in range(SIDE) for x in range(SIDE)]

    def packed(values, bits):
        per_byte = 8 // bits
        return bytes(sum(values[i + k] << (8 - bits * (k + 1)) for k in range(per_byte))
                     for i in range(0, len(values), per_byte))

    body = bytes((0, 0, 0, 255, 0, 0, 0, 255, 0, 9, 9, 9))
    palette = struct.pack(">I", len(body)) + b"PLTE" + body + struct.pack(">I", zlib.crc32(b"PLTE" + body))
    return {
        "1_bit.png": png(packed(lungs(1, 1), 1), 1, 0),
        "2_bits.png": png(packed(lungs(1, 2), 2), 2, 0),
        "0_1.png": png(bytes(lungs(1, 1)), 8, 0),
        "labels.png": png(bytes(lungs(127, 255)), 8, 0),
        "16_bits.png": png(b"".join(struct.pack(">H", value) for value in lungs(1, 1)), 16, 0),
        "palette.png": png(packed(lungs(1, 2), 2), 2, 3, palette),
        "rgb.png": png(b"".join(bytes((value, 0, 0)) for value in lungs(128, 128)), 8, 2),
        "alpha.png": png(b"".join(bytes((255, 255, 255, value)) for value in lungs(255, 255)), 8, 6),
    }


def bmp(bits):
    if bits == 8:
        palette, row = b"".join(bytes((i, i, i, 0)) for i in range(256)), lambda y: bytes(
            pixel(x, y) for x in range(SIDE))
    else:
        palette, row = b"", lambda y: bytes(pixel(x, y) for x in range(SIDE) for _ in range(3))
    body = b"".join(row(y) for y in reversed(range(SIDE)))
    offset = 54 + len(palette)
    info = struct.pack("<IiiHHIIiiII", 40, SIDE, SIDE, 1, bits, 0, len(body), 2835, 2835, len(palette) // 4, 0)
    return struct.pack("<2sIHHI", b"BM", offset + len(body), 0, 0, offset) + info + palette + body


def tiff(order, bits, photometric=1, compressed=False, orientation=1):
    body = grey8() if bits == 8 else grey16(order)
    if compressed:
        body = zlib.compress(body)
    short, long = 3, 4
    tags = [
        (256, long, SIDE), (257, long, SIDE), (258, short, bits), (259, short, 8 if compressed else 1),
        (262, short, photometric), (273, long, 8), (274, short, orientation), (277, short, 1), (278, long, SIDE),
        (279, long, len(body)),
    ]
    body += b"\0" * (len(body) % 2)
    directory = struct.pack(order + "H", len(tags))
    for tag, kind, value in tags:
        packed = struct.pack(order + "HH", value, 0) if kind == short else struct.pack(order + "I", value)
        directory += struct.pack(order + "HHI", tag, kind, 1) + packed
    return ((b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8 + len(body)) + body + directory
            + b"\0\0\0\0")


def bmp_with_masks(bits):
    """Channels where masks say they are: 5, 6 and 5 bits of 16, or the three high bytes of 32."""
    masks = (0xF800, 0x7E0, 0x1F) if bits == 16 else (0xFF000000, 0xFF0000, 0xFF00)
    def stored(level):
        places = ((level >> 3) << 11 | (level >> 2) << 5 | level >> 3) if bits == 16 else level * 0x01010100
        return places.to_bytes(bits // 8, "little")

    body = b"".join(stored(pixel(x, y)) for y in reversed(range(SIDE)) for x in range(SIDE))
    info = struct.pack("<IiiHHIIiiII", 40, SIDE, SIDE, 1, bits, 3, len(body), 2835, 2835, 0, 0) + struct.pack("<III", *masks)
    return struct.pack("<2sIHHI", b"BM", 14 + len(info) + len(body), 0, 0, 14 + len(info)) + info + body


def big_tiff(order):
    """BigTIFF, 16 bits, in two strips."""
    pixels, half = grey16(order), SIDE * SIDE
    tags = [(256, 4, (SIDE,)), (257, 4, (SIDE,)), (258, 3, (16,)), (259, 3, (1,)), (262, 3, (1,)), (273, 4, (16, 16 + half)),
            (277, 3, (1,)), (278, 4, (SIDE // 2,)), (279, 4, (half, half))]
    entries = b"".join(
        struct.pack(order + "HHQ", tag, kind, len(values))
        + struct.pack(order + ("H" if kind == 3 else "I") * len(values), *values).ljust(8, b"\0")
        for tag, kind, values in tags)
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HHHQ", 43, 8, 0, 16 + len(pixels))
    return head + pixels + struct.pack(order + "Q", len(tags)) + entries + bytes(8)


def tiled_tiff():
    """16 bits in one tile that is larger than the picture."""
    tile = 48
    rows = [grey16("<")[2 * SIDE * y : 2 * SIDE * (y + 1)].ljust(2 * tile, b"\0") for y in range(SIDE)]
    body = b"".join(rows).ljust(2 * tile * tile, b"\0")
    tags = [(256, SIDE), (257, SIDE), (258, 16), (259, 1), (262, 1), (277, 1), (322, tile), (323, tile), (324, 8), (325, len(body))]
    entries = b"".join(struct.pack("<HHII", tag, 4 if tag not in (258, 259, 262, 277) else 3, 1, value) for tag, value in tags)
    return b"II" + struct.pack("<HI", 42, 8 + len(body)) + body + struct.pack("<H", len(tags)) + entries + bytes(4)


# --- DICOM ------------------------------------------------------------------------------------------------------------

LONG_LENGTH = {"OB", "OW", "SQ", "UN", "UT"}  # PS3.5 section 7.1.2
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
DIGITAL_X_RAY = "1.2.840.10008.5.1.4.1.1.1.1"


def open_sequence(group, number, content, kind=b"SQ"):
    """A sequence of one item, both ended by delimiters (PS3.5 section 7.5)."""
    return (struct.pack("<HH2sHI", group, number, kind, 0, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
            + content + struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0))


def nested(depth):
    """Sequences in each other, as an element of group 0008."""
    content = b""
    for _ in range(depth):
        content = open_sequence(0x08, 0x1140, content)
    return content


def element(group, number, kind, value):
    if isinstance(value, int):
        value = struct.pack("<H", value)
    elif isinstance(value, str):
        value = value.encode("ascii")
        value += (b"\0" if kind == "UI" else b" ") * (len(value) % 2)
    head = struct.pack("<HH2s", group, number, kind.encode("ascii"))
    length = struct.pack("<HI", 0, len(value)) if kind in LONG_LENGTH else struct.pack("<H", len(value))
    return head + length + value


def dicom(bits=16, photometric="MONOCHROME2", extra=b"", syntax=EXPLICIT_LITTLE_ENDIAN, encapsulated=None, pixels=None,
          samples=1, begin=b"", preamble=b"", allocated=None):
    """A digital X-ray of 8 or 12 stored bits; `encapsulated` is one compressed frame in the place of plain pixels, `begin`
    holds further elements of group 0008."""
    stored = 8 if bits == 8 else 12
    allocated = allocated or (8 if bits == 8 else 16)
    meta = (element(2, 1, "OB", b"\0\1") + element(2, 2, "UI", DIGITAL_X_RAY) + element(2, 3, "UI", "1.2.3.4")
            + element(2, 16, "UI", syntax) + element(2, 18, "UI", "1.2.3"))
    data = (element(0x08, 0x16, "UI", DIGITAL_X_RAY) + element(0x08, 0x18, "UI", "1.2.3.4")
            + element(0x08, 0x60, "CS", "DX") + begin + element(0x18, 0x5101, "CS", "PA")
            + element(0x28, 0x02, "US", samples) + element(0x28, 0x04, "CS", photometric)
            + element(0x28, 0x10, "US", SIDE) + element(0x28, 0x11, "US", SIDE)
            + element(0x28, 0x100, "US", allocated) + element(0x28, 0x101, "US", stored)
            + element(0x28, 0x102, "US", stored - 1) + element(0x28, 0x103, "US", 0) + extra)
    if pixels is not None:
        pixels = element(0x7FE0, 0x10, "OB", pixels)
    elif encapsulated is not None:
        pixels = fragments(encapsulated)
    elif bits == 8:
        pixels = element(0x7FE0, 0x10, "OB", grey8())
    else:
        pixels = element(0x7FE0, 0x10, "OW", grey16("<", stored))
    length = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta))
    return preamble.ljust(128, b"\0") + b"DICM" + length + meta + data + pixels


def dicom_variants():
    window = element(0x28, 0x1050, "DS", "2000") + element(0x28, 0x1051, "DS", "3000")
    rescale = element(0x28, 0x1052, "DS", "-1024") + element(0x28, 0x1053, "DS", "2")
    table = struct.pack("<3H", 4096, 0, 8)
    voi_lut = element(0x28, 0x3010, "SQ", item(
        element(0x28, 0x3002, "US", table) + element(0x28, 0x3006, "OW", bytes(value // 16 for value in range(4096)))))
    palette = b"".join(element(0x28, number, "US", struct.pack("<3H", 256, 0, 8)) for number in (0x1101, 0x1102, 0x1103))
    palette += b"".join(element(0x28, number, "OW", bytes(range(256))) for number in (0x1201, 0x1202, 0x1203))
    region = open_sequence(0x08, 0x2218, element(0x08, 0x0100, "SH", "51185008") + element(0x08, 0x0104, "LO", "Chest"))
    view = (element(0x18, 0x15, "CS", "CHEST") + element(0x20, 0x20, "CS", "L\\F")
            + open_sequence(0x54, 0x0220, element(0x08, 0x0104, "LO", "postero-anterior")))
    return {
        "preamble.dcm": dicom(preamble=b"II*\0\x08\0\0\0"), "tail.dcm": dicom() + b"\r\n",
        "nested.dcm": dicom(begin=nested(20)), "unknown.dcm": dicom(begin=open_sequence(0x09, 0x1001, b"", b"UN")),
        "region.dcm": dicom(begin=region), "view.dcm": dicom(extra=view), "rgb.dcm": dicom(8, "RGB", pixels=rgb(), samples=3),
        "ybr_422.dcm": dicom(8, "YBR_FULL_422", pixels=rgb()[: 2 * SIDE * SIDE], samples=3),
        "palette.dcm": dicom(8, "PALETTE COLOR", extra=palette),
        "plain.dcm": dicom(), "eight_bits.dcm": dicom(8), "monochrome1.dcm": dicom(photometric="MONOCHROME1"),
        "window.dcm": dicom(extra=window), "rescale.dcm": dicom(extra=window + rescale),
        "voi_lut.dcm": dicom(extra=voi_lut),
    }


def item(body):
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(body)) + body


def jp2_boxes(codestream):
    """The codestream in a JP2 file (ISO/IEC 15444-1, annex I)."""
    def box(kind, body):
        return struct.pack(">I", 8 + len(body)) + kind + body

    header = box(b"ihdr", struct.pack(">IIHBBBB", SIDE, SIDE, 1, 7, 7, 0, 0)) + box(b"colr", struct.pack(">BBBI", 1, 0, 0, 17))
    return (box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + box(b"jp2h", header)
            + box(b"jp2c", codestream))


def deflated_zeros(megabytes):
    """A deflated data set that is nothing but one private element of zeros: a kilobyte for a megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    size = megabytes << 20
    head = packer.compress(struct.pack("<HH2sHI", 0x09, 0x1001, b"OB", 0, size)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"\0" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)  # says the same wherever it stands
    return head + block * megabytes + packer.flush()


def deflated_dicom(stream):
    meta = element(2, 16, "UI", "1.2.840.10008.1.2.1.99")
    return b"\0" * 128 + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta)) + meta + stream


def fragments(frame):
    """Pixel data of undefined length: an empty offset table, one fragment, the delimiter (PS3.5 section A.4)."""
    frame += b"\0" * (len(frame) % 2)
    head = struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OB", 0, 0xFFFFFFFF)
    return head + item(b"") + item(frame) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def convert(tool, data, *options):
    """What one of DCMTK's tools makes of a DICOM file."""
    if shutil.which(tool) is None:
        sys.exit(f"make_seeds: expected DCMTK's {tool} on the path; install the package dcmtk")
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in.dcm"), pathlib.Path(folder, "out")
        source.write_bytes(data)
        subprocess.run([tool, *options, str(source), str(target)], check=True)
        return target.read_bytes()


# --- text and tensors -------------------------------------------------------------------------------------------------


def safetensors(tensors, metadata=None):
    header, body = ({"__metadata__": metadata} if metadata else {}), b""
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def seeds(target):
    """File name to bytes."""
    if target == "safetensors":
        return {
            "empty": safetensors({}),
            "one": safetensors({"weight": ("F32", [2, 3], struct.pack("<6f", *range(6)))}, {"format": "pt"}),
            "types": safetensors({
                "a": ("F16", [2], b"\0\x3c\0\x40"), "b": ("BF16", [1], b"\x80\x3f"), "c": ("U8", [3], b"abc"),
                "d": ("BOOL", [1], b"\1"), "e": ("I64", [], struct.pack("<q", -1)), "f": ("F64", [0, 4], b""),
            }),
        }
    if target == "manifest":
        return {
            "least.csv": b"path,label\na.png,healthy\nb.png,covid19\n",
            "quotes.csv": b'\xef\xbb\xbfpath,label,source\r\n"a, b.png",viral,"say ""x"""\r\n"c\nd.png",bacterial,\r\n',
            "full.csv": b"image_id,path,label,source,patient_id,group_id,mask_path,group_split\n"
                        b"i1,images/1.jpg,healthy,s,p1,g1,masks/1.png,train\n"
                        b"i2,images/2.jpg,viral,s,p2,g2,,test\n",
        }
    if target == "mask":
        return lung_masks()
    if target == "shard_image":
        return {"grey.png": png(grey8(), 8, 0), "mask.png": png(mask_rows(), 1, 0), "grey.jpg": JPEG}
    if target == "image":
        return {
            "grey8.png": png(grey8(), 8, 0), "grey16.png": png(grey16(">"), 16, 0), "rgb.png": png(rgb(), 8, 2),
            "palette.png": png_palette(), "bits1.png": png(mask_rows(), 1, 0), "grey.bmp": bmp(8), "rgb.bmp": bmp(24),
            "masks16.bmp": bmp_with_masks(16), "masks32.bmp": bmp_with_masks(32), "big.tif": big_tiff("<"),
            "big_big_endian.tif": big_tiff(">"), "tiled.tif": tiled_tiff(),
            "little.tif": tiff("<", 8), "big16.tif": tiff(">", 16), "white0.tif": tiff("<", 8, photometric=0),
            "deflate.tif": tiff("<", 16, compressed=True), "turned.tif": tiff("<", 8, orientation=6),
            "grey.jpg": JPEG,
        }
    if target == "dicom":
        files = dicom_variants()
        jpeg = "1.2.840.10008.1.2.4.50"
        files["jp2_boxes.dcm"] = dicom(8, syntax="1.2.840.10008.1.2.4.91", encapsulated=jp2_boxes(JPEG_2000))
        files["jpeg_fill.dcm"] = dicom(8, syntax=jpeg, encapsulated=JPEG[:2] + b"\xff\xff\xff" + JPEG[2:])
        files["jpeg_in_sixteen.dcm"] = dicom(8, syntax=jpeg, encapsulated=JPEG, allocated=16)
        colour = dicom(8, "RGB", pixels=rgb(), samples=3, extra=element(0x28, 0x06, "US", 0))
        files["rle_rgb.dcm"] = convert("dcmcrle", colour)
        files["jpeg_ls_rgb.dcm"] = convert("dcmcjpls", colour, "--uid-never")
        files["jpeg_rgb.dcm"] = convert("dcmcjpeg", colour, "--encode-baseline", "--uid-never")
        # Refused, and quickly: what would take the stack or the memory of who trusts them.
        files["refused_nested.dcm"] = dicom(begin=nested(6000))
        files["refused_deflated.dcm"] = deflated_dicom(deflated_zeros(4000))
        files["jpeg_2000.dcm"] = dicom(8, syntax="1.2.840.10008.1.2.4.91", encapsulated=JPEG_2000)
        files["rle.dcm"] = convert("dcmcrle", dicom())
        files["jpeg_lossless.dcm"] = convert("dcmcjpeg", dicom())
        files["jpeg_baseline.dcm"] = convert("dcmcjpeg", dicom(8), "--encode-baseline", "--uid-never")  # seeds stay the same
        files["jpeg_ls.dcm"] = convert("dcmcjpls", dicom())
        files["deflated.dcm"] = convert("dcmconv", dicom(), "--write-xfer-deflated")
        files["big_endian.dcm"] = convert("dcmconv", dicom(), "--write-xfer-big")
        files["implicit.dcm"] = convert("dcmconv", dicom(), "--write-xfer-implicit")
        files["bare.dcm"] = convert("dcmconv", dicom(), "--write-dataset", "--write-xfer-implicit")
        return files
    sys.exit(f"make_seeds: expected a target's name, got '{target}'")


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    for target in arguments[1:]:
        folder = pathlib.Path(arguments[0], target)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, data in seeds(target).items():
            (folder / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
