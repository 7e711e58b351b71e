// DICOM CR and DX files to grey images (PS3.3 C.7.6.3, C.7.6.16, C.11.1, C.11.2; PS3.5 section 8).
#pragma once

#include <string_view>

#include "cxrnet/imaging/decode.h"

namespace cxrnet::imaging {

/// True for a DICOM file ("DICM" after the preamble) or a bare data set that starts as one does.
bool looks_like_dicom(std::string_view bytes);

/// Decodes a single-frame CR or DX image, or a secondary capture of one.
///
/// Stored values (Bits Stored, High Bit, signed or not) → modality LUT, or rescale slope and
/// intercept → VOI LUT, or window (LINEAR, LINEAR_EXACT, SIGMOID; the first where there are
/// several), or, where the file has neither, the minimum and maximum of the pixels that are not
/// padding → inversion of MONOCHROME1, last. Padding comes out black. A missing rescale is the
/// identity. Overlays are ignored; RGB, YBR and palette colour become luma. CV_8UC1 when at most 8
/// bits are stored, else CV_16UC1; always Scale::display.
///
/// Transfer syntaxes: uncompressed little and big endian, deflated, JPEG
/// baseline/extended/lossless, JPEG-LS, RLE, JPEG 2000.
///
/// Errors: corrupt_image, no_pixels, encrypted, unsupported_transfer_syntax, multi_frame,
/// wrong_modality, lateral_view, unsupported_colour, image_too_small, image_too_large.
GreyImage decode_dicom(std::string_view bytes);

}  // namespace cxrnet::imaging
