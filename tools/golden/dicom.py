#!/usr/bin/env python3
"""Makes libs/imaging/test/data/dicom: small CR/DX files and, as 16-bit PGM, what a viewer must show of them.

The pictures are pydicom's: apply_modality_lut, apply_voi_lut; our own arithmetic only scales them to 0 … 65535,
inverts MONOCHROME1 and blackens padding. Needs Debian's python3-pydicom, dcmtk and libgdcm-tools.
Run from the repository's root: python3 tools/golden/dicom.py
"""

import pathlib
import shutil
import subprocess

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixel_data_handlers.util import apply_modality_lut, apply_voi_lut
from pydicom.sequence import Sequence
from pydicom.uid import (DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian,
                         ImplicitVRLittleEndian, RLELossless)

OUTPUT = pathlib.Path("libs/imaging/test/data/dicom")
ROWS, COLUMNS = 37, 41
DX_FOR_PRESENTATION = "1.2.840.10008.5.1.4.1.1.1.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def picture(low, high):
    """A smooth picture with a step that holds both end values: [ROWS, COLUMNS] int64."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    waves = np.sin(x / 6.0) * np.cos(y / 9.0) * 0.5 + 0.5
    values = np.round(low + (high - low) * waves).astype(np.int64)
    values[:4, :4], values[-4:, -4:] = low, high
    return values


def dataset(stored, bits_stored, bits_allocated=16, high_bit=None, signed=False, junk=0, **attributes):
    """A DX image of these stored values; `junk` fills the bits outside of them, as overlays did."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = DX_FOR_PRESENTATION, "1.2.826.0.1.3680043.10.1.1"
    ds.Modality, ds.ViewPosition = "DX", "PA"
    ds.Rows, ds.Columns, ds.SamplesPerPixel = ROWS, COLUMNS, 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored = bits_allocated, bits_stored
    ds.HighBit = bits_stored - 1 if high_bit is None else high_bit
    ds.PixelRepresentation = int(signed)
    shift = ds.HighBit + 1 - bits_stored
    words = (stored & ((1 << bits_stored) - 1)) << shift | junk
    if signed and shift == 0 and not junk:
        words = stored  # sign-extended, as the standard wants it
    ds.PixelData = (words & ((1 << bits_allocated) - 1)).astype(f"<u{bits_allocated // 8}").tobytes()
    if len(ds.PixelData) % 2:
        ds.PixelData += b"\0"
    ds["PixelData"].VR = "OW" if bits_allocated == 16 else "OB"
    for name, value in attributes.items():
        setattr(ds, name, value)
    return ds


def lut(first_mapped, values, bits):
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(values), first_mapped, bits])
    item.add_new("LUTData", "US", [int(v) for v in values])
    return Sequence([item])


def expected(ds, stored):
    """What a viewer shows, [ROWS, COLUMNS] in 0 … 65535."""
    values = apply_modality_lut(stored, ds)
    padding = np.zeros(stored.shape, bool)
    if "PixelPaddingValue" in ds:
        bounds = sorted([ds.PixelPaddingValue, ds.get("PixelPaddingRangeLimit", ds.PixelPaddingValue)])
        padding = (stored >= bounds[0]) & (stored <= bounds[1])
    if "VOILUTSequence" in ds:
        top = 2 ** ds.VOILUTSequence[0].LUTDescriptor[2] - 1
        shown = apply_voi_lut(values.astype(np.int64), ds).astype(float) / top
    elif "WindowWidth" in ds:
        low, high = apply_voi_lut(np.array([-1e9, 1e9]), ds)
        shown = (apply_voi_lut(values.astype(float), ds) - low) / (high - low)
    else:
        low, high = values[~padding].min(), values[~padding].max()
        shown = (values - low) / (high - low)
    if ds.PhotometricInterpretation == "MONOCHROME1":
        shown = 1.0 - shown
    shown[padding] = 0.0
    return np.clip(np.round(shown * 65535), 0, 65535).astype(np.uint16)


def write_pgm(name, values):
    header = f"P5 {values.shape[1]} {values.shape[0]} 65535\n".encode()
    (OUTPUT / f"{name}.pgm").write_bytes(header + values.astype(">u2").tobytes())


def write_dicom(name, ds, syntax=ExplicitVRLittleEndian, preamble=True):
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.is_little_endian = syntax != ExplicitVRBigEndian
    ds.is_implicit_VR = syntax == ImplicitVRLittleEndian
    if not preamble:
        del ds.file_meta
    ds.save_as(OUTPUT / f"{name}.dcm", write_like_original=not preamble)


def write_case(name, stored, *arguments, **attributes):
    ds = dataset(stored, *arguments, **attributes)
    write_pgm(name, expected(ds, stored))
    write_dicom(name, ds)


def write_grey_cases():
    window = {"WindowCenter": 2000, "WindowWidth": 3001}
    write_case("twelve_bit_linear", picture(0, 4095), 12, **window)
    write_case("monochrome1", picture(300, 3900), 12, PhotometricInterpretation="MONOCHROME1")
    write_case("signed_rescaled_linear_exact", picture(-2000, 3000), 16, signed=True, RescaleSlope="0.5",
               RescaleIntercept="-100", WindowCenter="150.5", WindowWidth="1800.25", VOILUTFunction="LINEAR_EXACT")
    write_case("sigmoid", picture(0, 1023), 10, WindowCenter=400, WindowWidth=500, VOILUTFunction="SIGMOID")
    write_case("two_windows", picture(0, 4095), 12, WindowCenter=[2000, 500], WindowWidth=[3001, 100])
    write_case("shifted_bits_with_overlay", picture(0, 4095), 12, high_bit=15, junk=0b0101, **window)
    write_case("eight_bit", picture(10, 240), 8, bits_allocated=8)
    write_case("signed_without_voi", picture(-500, 900), 12, signed=True)
    padded = picture(400, 3800)
    padded[:6, :] = 3
    padded[:, :2] = 20
    write_case("padding_range_monochrome1", padded, 12, PhotometricInterpretation="MONOCHROME1",
               PixelPaddingValue=0, PixelPaddingRangeLimit=32)
    curve = np.round(1023 * np.sqrt(np.linspace(0, 1, 200)))
    write_case("modality_lut", picture(0, 255), 8, bits_allocated=16, ModalityLUTSequence=lut(20, curve, 16))
    write_case("voi_lut", picture(0, 255), 8, bits_allocated=16, RescaleSlope=1, RescaleIntercept=-50,
               VOILUTSequence=lut(10, curve, 10), WindowCenter=5, WindowWidth=2)


def write_transfer_syntaxes():
    """Other encodings of `twelve_bit_linear`, `signed_rescaled_linear_exact` and `eight_bit`."""
    stored = picture(0, 4095)
    make = lambda: dataset(stored, 12, WindowCenter=2000, WindowWidth=3001)
    big = make()
    big.PixelData = stored.astype(">u2").tobytes()
    write_dicom("big_endian", big, ExplicitVRBigEndian)
    write_dicom("implicit", make(), ImplicitVRLittleEndian)
    write_dicom("deflated", make(), DeflatedExplicitVRLittleEndian)
    bare = make()
    write_dicom("without_preamble", bare, ImplicitVRLittleEndian, preamble=False)
    rle = make()
    rle.file_meta = FileMetaDataset()
    rle.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    rle.compress(RLELossless, stored.astype("<u2"))
    write_dicom("rle", rle, RLELossless)
    convert = lambda command, source, name: subprocess.run(
        [*command, OUTPUT / f"{source}.dcm", OUTPUT / f"{name}.dcm"], check=True)
    convert(["dcmcjpeg", "+e1"], "twelve_bit_linear", "jpeg_lossless")
    convert(["dcmcjpls"], "twelve_bit_linear", "jpeg_ls")
    convert(["dcmcjpeg", "+eb", "+q", "95"], "eight_bit", "jpeg_baseline")
    lossy = dcmread(OUTPUT / "jpeg_baseline.dcm")
    write_pgm("jpeg_baseline", expected(lossy, lossy.pixel_array.astype(np.int64)))  # decoded by Pillow
    convert(["gdcmconv", "--j2k"], "twelve_bit_linear", "jpeg_2000")
    convert(["gdcmconv", "--j2k"], "signed_rescaled_linear_exact", "jpeg_2000_signed")
    convert(["gdcmconv", "--j2k"], "eight_bit", "jpeg_2000_eight_bit")


def write_colour_cases():
    planes = np.stack([picture(0, 255), picture(40, 200).T[:ROWS, :1].repeat(COLUMNS, 1), picture(255, 10)], axis=-1)
    luma = np.round(planes @ [0.299, 0.587, 0.114]) * 257
    write_pgm("rgb_secondary_capture", luma)
    ds = dataset(picture(0, 255), 8, bits_allocated=8, SOPClassUID=SECONDARY_CAPTURE,
                 PhotometricInterpretation="RGB", SamplesPerPixel=3, PlanarConfiguration=0)
    ds.PixelData = planes.astype("u1").tobytes() + b"\0" * (planes.size % 2)
    write_dicom("rgb_secondary_capture", ds)

    index = picture(0, 255)
    red, green, blue = np.arange(256), 255 - np.arange(256), np.arange(256) // 2
    ds = dataset(index, 8, bits_allocated=8, SOPClassUID=SECONDARY_CAPTURE, PhotometricInterpretation="PALETTE COLOR")
    for colour, table in (("Red", red), ("Green", green), ("Blue", blue)):
        ds.add_new(f"{colour}PaletteColorLookupTableDescriptor", "US", [256, 0, 16])
        ds.add_new(f"{colour}PaletteColorLookupTableData", "OW", (table * 257).astype("<u2").tobytes())
    write_pgm("palette", np.round(np.stack([red, green, blue], -1)[index] @ [0.299, 0.587, 0.114]) * 257)
    write_dicom("palette", ds)


if __name__ == "__main__":
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    write_grey_cases()
    write_transfer_syntaxes()
    write_colour_cases()
