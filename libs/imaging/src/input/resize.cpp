#include "cxrnet/imaging/resize.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "bounds/mat_check.h"
#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

// Averages where it shrinks, so that no structure aliases; cubic where it enlarges.
int interpolation_for(cv::Size from, cv::Size to) {
  const bool shrinks = to.width < from.width || to.height < from.height;
  return shrinks ? cv::INTER_AREA : cv::INTER_CUBIC;
}

cv::Mat resized(const cv::Mat& image, cv::Size size, int interpolation) {
  if (image.size() == size) return image.clone();
  cv::Mat result;
  cv::resize(image, result, size, 0, 0, interpolation);
  return result;
}

}  // namespace

Placement place_in_square(cv::Size source, int side, nn::Aspect aspect) {
  if (source.width < 1 || source.height < 1 || side < 1) {
    throw Error(ErrorCode::invalid_shape,
                "resize: expected a source and a square of at least 1 pixel, got " +
                    size_text(source) + " and side " + std::to_string(side) +
                    "; check the image and option image-size");
  }
  if (aspect == nn::Aspect::squeeze) return {source, side, {0, 0, side, side}};
  const double scale = static_cast<double>(side) / std::max(source.width, source.height);
  const auto fit = [&](int length) {
    return std::clamp(static_cast<int>(std::lround(length * scale)), 1, side);
  };
  const cv::Size content{fit(source.width), fit(source.height)};
  return {source,
          side,
          {(side - content.width) / 2, (side - content.height) / 2, content.width, content.height}};
}

cv::Mat resize_to_square(const cv::Mat& source, int side, nn::Aspect aspect, Placement* placement) {
  const Placement place = place_in_square(source.size(), side, aspect);
  if (placement != nullptr) *placement = place;
  const cv::Size content = place.content.size();
  cv::Mat scaled = resized(source, content, interpolation_for(source.size(), content));
  if (content == cv::Size(side, side)) return scaled;
  cv::Mat square = cv::Mat::zeros(side, side, source.type());
  scaled.copyTo(square(place.content));
  return square;
}

cv::Mat back_to_source(const cv::Mat& square, const Placement& placement, int interpolation) {
  require_size(square, {placement.side, placement.side}, "map to bring back");
  return resized(square(placement.content), placement.source, interpolation);
}

}  // namespace cxrnet::imaging
