#include "grey/presentation.h"

#include <algorithm>
#include <opencv2/core.hpp>

namespace cxrnet::imaging {
namespace {

template <class Pixel>
std::vector<int64_t> counted(const cv::Mat& codes, int bits) {
  std::vector<int64_t> counts(std::size_t{1} << bits);
  for (int row = 0; row < codes.rows; ++row) {
    const auto* pixels = codes.ptr<Pixel>(row);
    for (int column = 0; column < codes.cols; ++column) ++counts[pixels[column]];
  }
  return counts;
}

template <class Pixel>
cv::Mat mapped(const cv::Mat& codes, const std::vector<uint16_t>& table) {
  cv::Mat display(codes.size(), CV_16UC1);
  for (int row = 0; row < codes.rows; ++row) {
    const auto* from = codes.ptr<Pixel>(row);
    std::transform(from, from + codes.cols, display.ptr<uint16_t>(row),
                   [&](Pixel code) { return table[code]; });
  }
  return display;
}

bool is_shown_as_stored(const cv::Mat& codes, const GreyPipeline& pipeline) {
  return pipeline.range == RangeRule::as_stored && codes.depth() == CV_8U &&
         pipeline.stored_bits == 8 && !pipeline.is_signed && !pipeline.padding && !pipeline.invert;
}

}  // namespace

std::vector<int64_t> count_codes(const cv::Mat& codes, int bits) {
  return codes.depth() == CV_8U ? counted<uint8_t>(codes, bits) : counted<uint16_t>(codes, bits);
}

GreyImage present(const cv::Mat& codes, const GreyPipeline& pipeline) {
  GreyImage image;
  image.stored_bits = pipeline.stored_bits;
  image.inverted = pipeline.invert;
  if (is_shown_as_stored(codes, pipeline)) {
    image.pixels = codes;
    return image;
  }
  const DisplayLut lut = build_display_lut(pipeline, count_codes(codes, pipeline.stored_bits));
  image.range_measured = lut.measured;
  image.pixels = codes.depth() == CV_8U ? mapped<uint8_t>(codes, lut.values)
                                        : mapped<uint16_t>(codes, lut.values);
  if (pipeline.stored_bits <= 8) image.pixels.convertTo(image.pixels, CV_8U, 1.0 / 257.0);
  return image;
}

}  // namespace cxrnet::imaging
