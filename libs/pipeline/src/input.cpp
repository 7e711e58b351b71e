#include "cxrnet/pipeline/input.h"

#include "cxrnet/core/error.h"
#include "cxrnet/imaging/clahe.h"
#include "cxrnet/pipeline/segmentation.h"

namespace cxrnet::pipeline {

SquareImage to_square(const imaging::GreyImage& image, const nn::Preprocessing& preprocessing) {
  SquareImage result;
  result.source = imaging::to_8bit(image);
  result.square = imaging::resize_to_square(result.source, static_cast<int>(preprocessing.size),
                                            preprocessing.aspect, &result.placement);
  return result;
}

cv::Mat classifier_input(const cv::Mat& square, const cv::Mat& mask,
                         const nn::Preprocessing& preprocessing) {
  if (preprocessing.arm == nn::Arm::segmented && lung_fraction(mask) == 0.0) {
    throw Error(ErrorCode::no_lungs,
                "image: expected lungs, got none that the segmenter recognises; "
                "give a frontal chest X-ray, upright and not cropped");
  }
  return imaging::prepare_input(square, mask, preprocessing);
}

}  // namespace cxrnet::pipeline
