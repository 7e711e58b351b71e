// The pixel matrix of a DICOM image as it is stored.
#pragma once

#include <cstdint>
#include <vector>

#include "dicom/file.h"

namespace cxrnet::imaging {

/// How the pixels are stored (PS3.5 section 8).
struct PixelLayout {
  int columns = 0, rows = 0;
  int samples = 1;         ///< per pixel: 1 or 3
  int allocated_bits = 0;  ///< 8 or 16
  int stored_bits = 0;     ///< 1 … allocated_bits
  int high_bit = 0;        ///< the most significant stored bit
  bool is_signed = false;

  std::size_t pixels() const {
    return static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows);
  }
};

/// Reads and checks the layout. Errors: corrupt_image, unsupported_format, image_too_small,
/// image_too_large.
PixelLayout read_pixel_layout(DcmDataset& dataset);

/// Makes the pixel data native, whatever their transfer syntax; the layout's bits may change for
/// JPEG 2000 alone. Errors: unsupported_transfer_syntax, corrupt_image.
void decompress(DcmDataset& dataset, const PixelLayout& layout);

/// The stored codes [rows * columns], each in [0, 2^stored_bits), of native single-sample pixel
/// data. Errors: corrupt_image.
std::vector<uint16_t> stored_codes(DcmDataset& dataset, const PixelLayout& layout);

}  // namespace cxrnet::imaging
