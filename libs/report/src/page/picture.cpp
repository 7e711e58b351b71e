#include "page/picture.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>

#include "cxrnet/imaging/encode.h"

namespace cxrnet::report {

namespace {
constexpr int kJpegQuality = 88;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
    uint32_t triple = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      triple = triple << 8 | (j < left ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += j > left ? '=' : kDigits[triple >> (18 - 6 * j) & 63U];
    }
  }
  return text;
}

cv::Mat scaled_to(const cv::Mat& image, int side) {
  const int longer = std::max(image.rows, image.cols);
  if (longer == side || longer == 0) return image;
  const double scale = static_cast<double>(side) / longer;
  const auto scaled = [&](int length) {
    return std::max(1, static_cast<int>(std::lround(scale * length)));
  };
  cv::Mat result;
  cv::resize(image, result, {scaled(image.cols), scaled(image.rows)}, 0, 0,
             scale < 1.0 ? cv::INTER_AREA : cv::INTER_CUBIC);
  return result;
}

int shown_side(cv::Size size) {
  return std::clamp(std::max(size.width, size.height), kShortestLong, kLongestSide);
}

Html inline_image(const cv::Mat& image, std::string_view alternative_text) {
  const std::string source =
      "data:image/jpeg;base64," + base64(imaging::encode_jpeg(image, kJpegQuality));
  return void_element("img", {{"src", source},
                              {"alt", alternative_text},
                              {"width", std::to_string(image.cols)},
                              {"height", std::to_string(image.rows)}});
}

}  // namespace cxrnet::report
