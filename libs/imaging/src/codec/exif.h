// The orientation that cameras and phones leave in a picture's EXIF block (EXIF 2.32,
// section 4.6.4).
#pragma once

#include <opencv2/core/mat.hpp>
#include <string_view>

namespace cxrnet::imaging {

/// Orientation 1 … 8 of an EXIF block, which is a small TIFF file; 1 (upright) where it states
/// none, and where the block is broken: that does not cost the image.
int exif_orientation(std::string_view block);

/// Turns and mirrors an image upright; an orientation outside of 2 … 8 changes nothing.
cv::Mat upright(const cv::Mat& image, int orientation);

}  // namespace cxrnet::imaging
