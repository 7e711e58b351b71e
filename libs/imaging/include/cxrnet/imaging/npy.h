// Arrays for Python: NumPy's file format.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>

namespace cxrnet::imaging {

/// The bytes of an .npy file, format version 1.0 (numpy.lib.format), that holds `values` as float32
/// [rows, cols], row by row, little-endian. `values`: CV_32FC1. Errors: invalid_shape.
std::string encode_npy(const cv::Mat& values);

}  // namespace cxrnet::imaging
