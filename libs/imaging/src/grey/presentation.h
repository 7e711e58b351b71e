// The one door from stored codes to a grey image, for raster files and DICOM alike: it owns
// inversion, padding, range and what is said about them.
#pragma once

#include <opencv2/core/mat.hpp>

#include "cxrnet/imaging/decode.h"
#include "grey/display_lut.h"

namespace cxrnet::imaging {

/// The image of CV_8UC1 or CV_16UC1 codes, each below 2^stored_bits: `pixels` (CV_8UC1 for up to 8
/// stored bits, else CV_16UC1), `stored_bits`, `inverted` and `range_measured` are set. Codes that
/// are display values already are shared, not copied.
GreyImage present(const cv::Mat& codes, const GreyPipeline& pipeline);

/// Pixels of each code, [2^bits]; CV_8UC1 or CV_16UC1.
std::vector<int64_t> count_codes(const cv::Mat& codes, int bits);

}  // namespace cxrnet::imaging
