// Masks that a manifest names, at the size of the picture that they belong to.
#pragma once

#include <filesystem>
#include <opencv2/core/mat.hpp>

#include "cxrnet/data/manifest.h"
#include "cxrnet/data/mask.h"

namespace cxrnet::pipeline {

/// Reads a mask by data::interpret_mask: PNG, JPEG, and what OpenCV makes of TIFF and BMP. 8UC1, 0
/// or 255, of the picture's size; a mask of another size that has the picture's shape (to a pixel)
/// is scaled by nearest neighbour. Errors: those of reading, decoding and interpret_mask;
/// invalid_shape for another shape.
cv::Mat read_mask(const std::filesystem::path& path, data::MaskOf what, cv::Size picture);

/// The manifest's lung mask of a row, as read_mask; empty when the row names none.
cv::Mat read_annotated_mask(const data::Manifest& manifest, const data::ManifestRow& row,
                            cv::Size picture);

}  // namespace cxrnet::pipeline
