#include "cxrnet/imaging/decode.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <vector>

#include "bounds/mat_check.h"
#include "codec/raster.h"
#include "cxrnet/core/error.h"
#include "cxrnet/imaging/dicom.h"

namespace cxrnet::imaging {
namespace {

// Values at the two fractions of the sorted pixels, by counting; CV_8UC1 or CV_16UC1.
struct ValueRange {
  int low, high;
};

template <class Pixel>
ValueRange percentiles_of(const cv::Mat& image, double low_fraction, double high_fraction) {
  std::vector<int64_t> counts(std::size_t{1} << (8 * sizeof(Pixel)));
  for (int row = 0; row < image.rows; ++row) {
    const auto* pixels = image.ptr<Pixel>(row);
    for (int column = 0; column < image.cols; ++column) ++counts[pixels[column]];
  }
  const auto value_at = [&](double fraction) {
    const auto target = static_cast<int64_t>(fraction * static_cast<double>(image.total() - 1));
    int64_t seen = 0;
    for (std::size_t value = 0; value < counts.size(); ++value) {
      seen += counts[value];
      if (seen > target) return static_cast<int>(value);
    }
    return static_cast<int>(counts.size() - 1);
  };
  return {value_at(low_fraction), value_at(high_fraction)};
}

ValueRange percentiles(const cv::Mat& image, double low_fraction, double high_fraction) {
  return image.depth() == CV_8U ? percentiles_of<uint8_t>(image, low_fraction, high_fraction)
                                : percentiles_of<uint16_t>(image, low_fraction, high_fraction);
}

// 16-bit rasters do not say what their values mean. Some pixel in the upper half of the range tells
// that all 16 bits are used, as by software that saves display values; detectors store 10 to 15
// bits.
Scale scale_of(const cv::Mat& pixels) {
  if (pixels.depth() == CV_8U) return Scale::display;
  double highest = 0;
  cv::minMaxLoc(pixels, nullptr, &highest);
  return highest >= 0x8000 ? Scale::display : Scale::raw;
}

cv::Mat stretched(const cv::Mat& image, ValueRange window) {
  const double scale = 255.0 / std::max(window.high - window.low, 1);
  cv::Mat result;
  image.convertTo(result, CV_8U, scale, -window.low * scale);
  return result;
}

void require_contrast(const GreyImage& image) {
  constexpr int kFewestLevels = 4;  // of 256, between the 1 and the 99 percentile
  const ValueRange window = percentiles(to_8bit(image), 0.01, 0.99);
  if (window.high - window.low >= kFewestLevels) return;
  throw Error(ErrorCode::no_contrast,
              "image: expected a picture, got one (nearly) uniform grey; check the exposure "
              "or the export");
}

// A DICOM file's preamble may hold the header of another format (PS3.10 section 7.1), so its prefix
// decides; bare data sets have none and come last.
GreyImage decode_any(std::string_view bytes) {
  if (has_dicom_prefix(bytes)) return decode_dicom(bytes);
  if (const auto decoder = find_raster_decoder(bytes)) {
    GreyImage image = (*decoder)(bytes);
    image.scale = scale_of(image.pixels);
    return image;
  }
  if (looks_like_dicom(bytes)) return decode_dicom(bytes);
  throw Error(ErrorCode::unsupported_format,
              "image: expected PNG, JPEG, TIFF, BMP or DICOM, got something else; convert it to "
              "one of these");
}

}  // namespace

GreyImage decode_image(std::string_view bytes) {
  if (bytes.empty()) {
    throw Error(ErrorCode::empty_input,
                "image: expected the bytes of a file, got none; fetch the file again");
  }
  GreyImage image = decode_any(bytes);
  require_contrast(image);
  return image;
}

cv::Mat to_8bit(const GreyImage& image) {
  if (image.pixels.depth() == CV_8U) return image.pixels;
  if (image.scale == Scale::raw)
    return stretched(image.pixels, percentiles(image.pixels, 0.005, 0.995));
  return stretched(image.pixels, {0, 0xFFFF});
}

}  // namespace cxrnet::imaging
