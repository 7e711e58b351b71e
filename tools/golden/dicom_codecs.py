#!/usr/bin/env python3
"""Makes libs/imaging/test/data/dicom_codec: compressed and colour DICOM files as they occur, and, as 8-bit PGM, their grey.

Encoders are Pillow (libjpeg-turbo, OpenJPEG) and DCMTK's tools, the containers pydicom's; expected pixels are those that
went into a lossless encoder, or what Pillow decodes. Needs Debian's python3-pydicom, python3-pil and dcmtk.
Run from the repository's root: python3 tools/golden/dicom_codecs.py
"""

import io
import pathlib
import shutil
import subprocess

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import decode_data_sequence, encapsulate
from pydicom.uid import (ExplicitVRLittleEndian, JPEG2000, JPEG2000Lossless, JPEGBaseline8Bit)

OUTPUT = pathlib.Path("libs/imaging/test/data/dicom_codec")
ROWS, COLUMNS = 38, 42  # even, as 4:2:2 wants it
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
DX_FOR_PRESENTATION = "1.2.840.10008.5.1.4.1.1.1.1"


def picture(low, high, shift=0.0):
    """A smooth picture, [ROWS, COLUMNS] int64."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    waves = np.sin(x / 6.0 + shift) * np.cos(y / 9.0 - shift) * 0.5 + 0.5
    return np.round(low + (high - low) * waves).astype(np.int64)


GREY = picture(10, 240)
RGB = np.stack([picture(0, 255), picture(40, 200, 1.0), picture(255, 10, 2.0)], axis=-1)
LUMA = np.round(RGB @ [0.299, 0.587, 0.114])


def dataset(samples=1, stored=8, allocated=8, photometric="MONOCHROME2"):
    ds = Dataset()
    ds.SOPClassUID = SECONDARY_CAPTURE if samples == 3 else DX_FOR_PRESENTATION
    ds.SOPInstanceUID = "1.2.826.0.1.3680043.10.1.2"
    ds.Modality, ds.ViewPosition = "DX", "PA"
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = ROWS, COLUMNS, samples, photometric
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = allocated, stored, stored - 1, 0
    if samples == 3:
        ds.PlanarConfiguration = 0
    return ds


def write(name, ds, syntax=ExplicitVRLittleEndian):
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds.save_as(OUTPUT / f"{name}.dcm", write_like_original=False)


def write_native(name, ds, values):
    ds.PixelData = values.tobytes() + b"\0" * (values.nbytes % 2)
    ds["PixelData"].VR = "OW" if ds.BitsAllocated == 16 else "OB"
    write(name, ds)


def write_frame(name, ds, syntax, codestream):
    ds.PixelData = encapsulate([codestream])
    ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    write(name, ds, syntax)


def write_pgm(name, values):
    (OUTPUT / f"{name}.pgm").write_bytes(f"P5 {COLUMNS} {ROWS} 255\n".encode() + values.astype("u1").tobytes())


def pillow(values, form, **options):
    stream = io.BytesIO()
    Image.fromarray(values.astype("u1")).save(stream, form, **options)
    return stream.getvalue()


def decoded(codestream, mode):
    return np.asarray(Image.open(io.BytesIO(codestream)).convert(mode)).astype(np.int64)


def convert(command, source, name):
    subprocess.run([*command, OUTPUT / f"{source}.dcm", OUTPUT / f"{name}.dcm"], check=True)


def frame_of(name):
    return decode_data_sequence(dcmread(OUTPUT / f"{name}.dcm").PixelData)[0]


def write_eight_in_sixteen():
    """8-bit streams whose data sets state 16 allocated bits: fo-dicom, dcm4che and consoles write such files."""
    write_pgm("grey", GREY)
    write_native("grey", dataset(), GREY.astype("u1"))
    write_native("grey_padded", dataset(), np.concatenate([GREY.astype("u1").ravel(), np.zeros(10 * COLUMNS, "u1")]))
    for name, command in (("jpeg_lossless", ["dcmcjpeg", "+e1", "--uid-never"]), ("jpeg_ls", ["dcmcjpls", "--uid-never"]),
                          ("rle", ["dcmcrle"])):
        convert(command, "grey", name)
        ds = dcmread(OUTPUT / f"{name}.dcm")
        ds.BitsAllocated = 16
        ds.save_as(OUTPUT / f"{name}_eight_in_sixteen.dcm")
    jpeg = pillow(GREY, "JPEG", quality=95)
    write_pgm("jpeg_grey", decoded(jpeg, "L"))
    write_frame("jpeg_eight_in_sixteen", dataset(allocated=16), JPEGBaseline8Bit, jpeg)
    write_frame("jpeg_eight_of_twelve", dataset(stored=12, allocated=16), JPEGBaseline8Bit, jpeg)
    write_frame("jpeg_2000_eight_in_sixteen", dataset(allocated=16), JPEG2000Lossless,
                pillow(GREY, "JPEG2000", irreversible=False, no_jp2=True))
    write_frame("jpeg", dataset(), JPEGBaseline8Bit, jpeg)
    fill = jpeg[:2] + b"\xff\xff\xff" + jpeg[2:]  # ISO/IEC 10918-1, B.1.1.2
    quantisation = fill.index(b"\xff\xdb")
    write_frame("jpeg_fill_bytes", dataset(), JPEGBaseline8Bit, fill[:quantisation] + b"\xff" * 5 + fill[quantisation:])
    lossless = frame_of("jpeg_lossless")
    write_frame("jpeg_lossless_fill_bytes", dataset(), "1.2.840.10008.1.2.4.70", lossless[:2] + b"\xff" * 4 + lossless[2:])
    jpeg_ls = frame_of("jpeg_ls")
    write_frame("jpeg_ls_fill_bytes", dataset(), "1.2.840.10008.1.2.4.80", jpeg_ls[:2] + b"\xff" * 4 + jpeg_ls[2:])
    write_frame("jpeg_stray_bytes", dataset(), JPEGBaseline8Bit, jpeg[:-2] + b"\0\0\0" + jpeg[-2:])
    scan = jpeg.index(b"\xff\xda")  # spectral selection 0 to 0 as in NEMA's samples, where 0 to 63 is meant
    write_frame("jpeg_wrong_selection", dataset(), JPEGBaseline8Bit, jpeg[: scan + 7] + b"\0\0\0" + jpeg[scan + 10 :])
    write_frame("jp2_boxes", dataset(), JPEG2000Lossless, pillow(GREY, "JPEG2000", irreversible=False))
    write_frame("jpeg_progressive", dataset(), JPEGBaseline8Bit, pillow(GREY, "JPEG", quality=95, progressive=True))


def write_colour():
    write_pgm("luma", LUMA)
    write_native("rgb", dataset(3, photometric="RGB"), RGB.astype("u1"))
    planes = dataset(3, photometric="RGB")
    planes.PlanarConfiguration = 1
    write_native("rgb_planes", planes, np.moveaxis(RGB, -1, 0).astype("u1"))
    grey = np.repeat(GREY[..., None], 3, axis=-1)
    write_native("grey_as_rgb", dataset(3, photometric="RGB"), grey.astype("u1"))
    write_native("ybr_full", dataset(3, photometric="YBR_FULL"),
                 np.stack([GREY, picture(0, 255), picture(255, 0, 1.0)], axis=-1).astype("u1"))
    pairs = np.stack([GREY[:, 0::2], GREY[:, 1::2], np.full((ROWS, COLUMNS // 2), 90), np.full((ROWS, COLUMNS // 2), 170)],
                     axis=-1)
    write_native("ybr_full_422", dataset(3, photometric="YBR_FULL_422"), pairs.astype("u1"))
    for name, command in (("jpeg_lossless_rgb", ["dcmcjpeg", "+e1", "--uid-never"]),
                          ("jpeg_ls_rgb", ["dcmcjpls", "--uid-never"]), ("rle_rgb", ["dcmcrle"])):
        convert(command, "rgb", name)
    jpeg = pillow(RGB, "JPEG", quality=95, subsampling=1)
    write_pgm("jpeg_luma", np.round(decoded(jpeg, "YCbCr")[..., 0]))
    write_frame("jpeg_ybr_full_422", dataset(3, photometric="YBR_FULL_422"), JPEGBaseline8Bit, jpeg)
    write_frame("jpeg_ybr_full", dataset(3, photometric="YBR_FULL"), JPEGBaseline8Bit,
                pillow(RGB, "JPEG", quality=95, subsampling=0))
    write_frame("jpeg_ybr_called_rgb", dataset(3, photometric="RGB"), JPEGBaseline8Bit, jpeg)
    write_frame("jpeg_grey_as_ybr", dataset(3, photometric="YBR_FULL_422"), JPEGBaseline8Bit,
                pillow(grey, "JPEG", quality=95, subsampling=1))
    write_frame("jpeg_2000_ybr_rct", dataset(3, photometric="YBR_RCT"), JPEG2000Lossless,
                pillow(RGB, "JPEG2000", irreversible=False, no_jp2=True, mct=1))
    write_frame("jpeg_2000_ybr_ict", dataset(3, photometric="YBR_ICT"), JPEG2000,
                pillow(RGB, "JPEG2000", irreversible=True, no_jp2=True, mct=1))
    write_frame("jpeg_2000_rct_called_ybr_full", dataset(3, photometric="YBR_FULL"), JPEG2000Lossless,
                pillow(RGB, "JPEG2000", irreversible=False, no_jp2=True, mct=1))
    write_frame("jpeg_2000_rgb", dataset(3, photometric="RGB"), JPEG2000Lossless,
                pillow(RGB, "JPEG2000", irreversible=False, no_jp2=True, mct=0))


if __name__ == "__main__":
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    write_eight_in_sixteen()
    write_colour()
