// Shape and type checks of cv::Mat arguments.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

#include "cxrnet/core/error.h"

namespace cxrnet::imaging {

inline std::string size_text(cv::Size size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

/// Throws Error{invalid_shape} unless `image` is not empty and CV_8UC1.
inline void require_grey8(const cv::Mat& image, std::string_view subject) {
  if (!image.empty() && image.dims == 2 && image.type() == CV_8UC1) return;
  throw Error(ErrorCode::invalid_shape,
              std::string(subject) + ": expected an 8-bit grey image, got " +
                  (image.empty() ? "an empty one" : "another type") + "; convert it first");
}

/// Throws Error{invalid_shape} unless `image` has that size.
inline void require_size(const cv::Mat& image, cv::Size expected, std::string_view subject) {
  if (image.size() == expected) return;
  throw Error(ErrorCode::invalid_shape, std::string(subject) + ": expected " + size_text(expected) +
                                            " pixels, got " + size_text(image.size()) +
                                            "; resize it first");
}

}  // namespace cxrnet::imaging
