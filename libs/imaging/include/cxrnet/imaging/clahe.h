// Lung cut and contrast enhancement (paper, section "preprocessing"; Zuiderveld, "Contrast limited
// adaptive histogram equalization", Graphics Gems IV, 1994). The equalisation is OpenCV's, whose
// clip limit is a multiple of the mean histogram count; other libraries scale it differently
// (scikit-image: a fraction of the tile's pixels).
#pragma once

#include <opencv2/core/mat.hpp>

#include "cxrnet/nn/preprocessing.h"

namespace cxrnet::imaging {

/// Equalises contrast in tiles × tiles regions, each histogram clipped at `clip_limit` times its
/// mean count. `grey`: CV_8UC1. Errors: invalid_shape, invalid_option (limit not above 0, tiles
/// below 1).
cv::Mat apply_clahe(const cv::Mat& grey, double clip_limit, int tiles);

/// The classifier's input, CV_8UC1 [size, size], from a resized X-ray: black outside the lungs (arm
/// `segmented`), then CLAHE on the masked image (if asked for), then black outside the lungs again,
/// since CLAHE lifts the flat background of the tiles that the lungs touch and would thereby draw
/// tile borders into the picture. `mask`: CV_8UC1, not 0 inside the lungs; may be empty for arm
/// `original`, which ignores it. It is dilated by a disc of radius `mask_dilation` first. Errors:
/// invalid_shape.
cv::Mat prepare_input(const cv::Mat& square, const cv::Mat& mask,
                      const nn::Preprocessing& preprocessing);

}  // namespace cxrnet::imaging
