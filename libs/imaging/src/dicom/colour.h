// RGB, YBR and palette colour to grey (PS3.3 section C.7.6.3.1.2).
#pragma once

#include <opencv2/core/mat.hpp>

#include "dicom/pixels.h"

namespace cxrnet::imaging {

/// Rec. 601 luma, CV_8UC1 [rows, columns]. It is the Y of YBR; equal red, green and blue keep their
/// value. What a codestream says of its colours goes before Photometric Interpretation. Errors:
/// unsupported_colour; corrupt_image (a broken palette).
cv::Mat fold_colour(DcmDataset& data_set, const StoredPixels& pixels);

/// Whether the pixels have colour by Samples per Pixel and Photometric Interpretation.
bool has_colour(DcmDataset& data_set, const PixelLayout& layout);

}  // namespace cxrnet::imaging
