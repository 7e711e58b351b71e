// DICOM CR and DX files to grey images (PS3.3 C.7.6.3, C.7.6.16, C.11.1, C.11.2; PS3.5 section 8).
#pragma once

#include <string_view>

#include "cxrnet/imaging/decode.h"

namespace cxrnet::imaging {

/// "DICM" after a preamble of any content (PS3.10 section 7.1).
bool has_dicom_prefix(std::string_view bytes);

/// True for a DICOM file ("DICM" after the preamble) or a bare data set that starts as one does.
bool looks_like_dicom(std::string_view bytes);

/// Decodes a single-frame CR, DX, DR or RG image of the chest, or a secondary capture of one. What
/// certainly is something else (a lateral view, another body part) is refused, what may be is read
/// with a Doubt. Pixels stay where they are stored, whatever Patient Orientation says.
///
/// Stored values (Bits Stored, High Bit, signed or not) → modality LUT, or rescale slope and
/// intercept → VOI LUT, or the first window that can be used (LINEAR, LINEAR_EXACT, SIGMOID), or,
/// where the file has neither, the smallest and the largest value that are not padding (above 8
/// stored bits: nor hot pixels or burnt-in markers) → inversion, last: by Presentation LUT Shape
/// where there is one, else of MONOCHROME1. Padding comes out black. A missing rescale is the
/// identity. Overlays are ignored; RGB, YBR and palette colour become luma, by what the codestream
/// says of its colours before Photometric Interpretation. CV_8UC1 when at most 8 bits are stored,
/// else CV_16UC1. What files get wrong, and how it is read: ADR-012.
///
/// Transfer syntaxes: uncompressed little and big endian, deflated, JPEG
/// baseline/extended/lossless, JPEG-LS, RLE, JPEG 2000 (in JP2 boxes, too). Rows, columns, samples
/// and bits of the codestream must be the data set's, but for 8-bit streams in 16 allocated bits.
/// Sequences, elements, fragments and inflated sizes are bounded before they are followed; 1 to 7
/// stray bytes, or zeros, after the data set are ignored.
///
/// Errors: corrupt_image, no_pixels, encrypted, unsupported_transfer_syntax, multi_frame,
/// wrong_modality, lateral_view, not_chest, unsupported_colour, image_too_small, image_too_large.
GreyImage decode_dicom(std::string_view bytes);

}  // namespace cxrnet::imaging
