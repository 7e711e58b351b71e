#include "cxrnet/imaging/encode.h"

#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "bounds/mat_check.h"
#include "codec/png_writer.h"
#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

std::string encode(const char* extension, const cv::Mat& image,
                   const std::vector<int>& parameters) {
  std::vector<uchar> bytes;
  if (!cv::imencode(extension, image, bytes, parameters)) {
    throw Error(ErrorCode::internal, std::string("image encoder ") + extension +
                                         ": expected success, got a failure; report this defect");
  }
  return {bytes.begin(), bytes.end()};
}

[[noreturn]] void throw_unsupported_type(const char* subject, const char* expected) {
  throw Error(ErrorCode::invalid_shape,
              std::string(subject) + ": expected a " + expected +
                  " image that is not empty, got another; convert it first");
}

}  // namespace

std::string encode_png(const cv::Mat& image) {
  const int type = image.type();
  if (image.empty() || (type != CV_8UC1 && type != CV_16UC1 && type != CV_8UC3)) {
    throw_unsupported_type("PNG encoder", "CV_8UC1, CV_16UC1 or CV_8UC3");
  }
  return write_png(image);
}

std::string encode_png_1bit(const cv::Mat& mask) {
  require_grey8(mask, "mask to encode");
  return encode(".png", mask, {cv::IMWRITE_PNG_BILEVEL, 1});
}

std::string encode_jpeg(const cv::Mat& image, int quality) {
  if (image.empty() || (image.type() != CV_8UC1 && image.type() != CV_8UC3)) {
    throw_unsupported_type("JPEG encoder", "CV_8UC1 or CV_8UC3");
  }
  if (quality < 1 || quality > 100) {
    throw Error(ErrorCode::invalid_option,
                "JPEG quality: expected 1 … 100, got " + std::to_string(quality) + "; correct it");
  }
  return encode(".jpg", image, {cv::IMWRITE_JPEG_QUALITY, quality});
}

}  // namespace cxrnet::imaging
