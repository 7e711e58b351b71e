#include "cxrnet/imaging/npy.h"

#include <bit>
#include <cstdint>

#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

constexpr std::size_t kAlignment = 64;  // the format's rule for where the data begin
constexpr std::size_t kPrefix = 10;     // magic, version, length of the header

// A Python dictionary, padded with spaces and ended by a line feed.
std::string header_of(const cv::Mat& values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" +
                       std::to_string(values.rows) + ", " + std::to_string(values.cols) + "), }";
  const auto unpadded = kPrefix + header.size() + 1;
  header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  return header + "\n";
}

}  // namespace

std::string encode_npy(const cv::Mat& values) {
  static_assert(std::endian::native == std::endian::little, "the rows are written as they lie");
  if (values.empty() || values.dims != 2 || values.type() != CV_32FC1) {
    throw Error(
        ErrorCode::invalid_shape,
        "array: expected a CV_32FC1 image that is not empty, got another; convert it first");
  }
  const std::string header = header_of(values);
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xFF);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  const auto row_bytes = static_cast<std::size_t>(values.cols) * sizeof(float);
  for (int row = 0; row < values.rows; ++row)
    bytes.append(reinterpret_cast<const char*>(values.ptr<float>(row)), row_bytes);
  return bytes;
}

}  // namespace cxrnet::imaging
