#include "cxrnet/pipeline/picture_decoder.h"

#include <opencv2/core/mat.hpp>

#include "cxrnet/imaging/decode.h"

namespace cxrnet::pipeline {

data::GreyPicture decode_picture(std::string_view bytes) {
  const cv::Mat pixels = imaging::to_8bit(imaging::decode_image(bytes));
  data::GreyPicture picture{.height = pixels.rows, .width = pixels.cols, .pixels = {}};
  for (int row = 0; row < pixels.rows; ++row) {
    const auto* line = pixels.ptr<uint8_t>(row);
    picture.pixels.insert(picture.pixels.end(), line, line + pixels.cols);
  }
  return picture;
}

}  // namespace cxrnet::pipeline
