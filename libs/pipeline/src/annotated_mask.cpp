#include "cxrnet/pipeline/annotated_mask.h"

#include <cmath>
#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/imaging/decode.h"

namespace cxrnet::pipeline {
namespace {

constexpr std::size_t kMaxMaskBytes = std::size_t{512} << 20;

bool is_tiff_or_bmp(std::string_view bytes) {
  using namespace std::string_view_literals;
  return bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv) ||
         bytes.starts_with("II+\0"sv) || bytes.starts_with("MM\0+"sv) || bytes.starts_with("BM");
}

cv::Mat decode_by_opencv(const std::string& bytes) {
  const cv::Mat input(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
  try {
    return cv::imdecode(input, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception&) {
    return {};
  }
}

data::MaskPixels decode_tiff_or_bmp(const std::string& bytes) {
  imaging::require_bounded_raster(bytes);
  cv::Mat stored = decode_by_opencv(bytes);
  if (stored.empty() || stored.depth() > CV_16U || stored.depth() == CV_8S) {
    throw Error(stored.empty() ? ErrorCode::corrupt_image : ErrorCode::unsupported_format,
                "mask: expected a TIFF or BMP of 1 to 16 bits, got " +
                    std::string(stored.empty() ? "a damaged file" : "other samples") +
                    "; save it as PNG");
  }
  const bool is_8bit = stored.depth() == CV_8U;
  if (stored.channels() >= 3)
    cv::cvtColor(stored, stored, stored.channels() == 3 ? cv::COLOR_BGR2RGB : cv::COLOR_BGRA2RGBA);
  stored.convertTo(stored, CV_16U);
  data::MaskPixels pixels{.height = stored.rows,
                          .width = stored.cols,
                          .channels = stored.channels(),
                          .values = {},
                          .indices = {}};
  pixels.opaque = is_8bit ? 255 : 65535;
  pixels.values.assign(
      stored.ptr<uint16_t>(),
      stored.ptr<uint16_t>() + stored.total() * static_cast<std::size_t>(stored.channels()));
  return pixels;
}

std::string size_text(cv::Size size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

// Of the picture's shape, when it was made at another scale and its sides were rounded.
bool has_shape_of(cv::Size mask, cv::Size picture) {
  const auto misses = [](double side, double other, double scale) {
    return std::abs(side * scale - other) > 1.0;
  };
  return !misses(picture.width, mask.width, double(mask.height) / picture.height) ||
         !misses(picture.height, mask.height, double(mask.width) / picture.width);
}

cv::Mat at_size_of(const cv::Mat& mask, cv::Size picture, data::MaskOf what) {
  if (mask.size() == picture) return mask;
  if (!has_shape_of(mask.size(), picture)) {
    throw Error(ErrorCode::invalid_shape,
                std::string(what == data::MaskOf::lungs ? "lung mask" : "lesion mask") +
                    ": expected the image's size, " + size_text(picture) + ", or its shape, got " +
                    size_text(mask.size()) + "; check whose mask it is");
  }
  cv::Mat scaled;
  cv::resize(mask, scaled, picture, 0, 0, cv::INTER_NEAREST);
  return scaled;
}

}  // namespace

cv::Mat read_mask(const std::filesystem::path& path, data::MaskOf what, cv::Size picture) {
  const auto bytes = read_file(path, kMaxMaskBytes);
  const auto pixels =
      is_tiff_or_bmp(bytes) ? decode_tiff_or_bmp(bytes) : data::decode_mask_pixels(bytes);
  const auto mask = data::interpret_mask(pixels, what);
  cv::Mat image(static_cast<int>(mask.height), static_cast<int>(mask.width), CV_8UC1);
  std::memcpy(image.data, mask.inside.data(), mask.inside.size());
  image *= 255;
  return at_size_of(image, picture, what);
}

cv::Mat read_annotated_mask(const data::Manifest& manifest, const data::ManifestRow& row,
                            cv::Size picture) {
  if (row.mask_path.empty()) return {};
  return read_mask(data::resolve_path(manifest, row.mask_path), data::MaskOf::lungs, picture);
}

}  // namespace cxrnet::pipeline
