#include "cxrnet/imaging/clahe.h"

#include <opencv2/imgproc.hpp>

#include "bounds/mat_check.h"
#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

cv::Mat grown(const cv::Mat& mask, int radius) {
  if (radius == 0) return mask;
  const cv::Size disc(2 * radius + 1, 2 * radius + 1);
  cv::Mat result;
  cv::dilate(mask, result, cv::getStructuringElement(cv::MORPH_ELLIPSE, disc));
  return result;
}

cv::Mat cut(const cv::Mat& image, const cv::Mat& mask) {
  cv::Mat result = cv::Mat::zeros(image.size(), image.type());
  image.copyTo(result, mask);
  return result;
}

}  // namespace

cv::Mat apply_clahe(const cv::Mat& grey, double clip_limit, int tiles) {
  require_grey8(grey, "CLAHE input");
  if (!(clip_limit > 0.0) || tiles < 1) {
    throw Error(ErrorCode::invalid_option,
                "CLAHE: expected a clip limit above 0 and at least 1 tile, got " +
                    std::to_string(clip_limit) + " and " + std::to_string(tiles) +
                    "; correct clahe-clip-limit or clahe-tiles");
  }
  cv::Mat result;
  cv::createCLAHE(clip_limit, {tiles, tiles})->apply(grey, result);
  return result;
}

cv::Mat prepare_input(const cv::Mat& square, const cv::Mat& mask,
                      const nn::Preprocessing& preprocessing) {
  const int side = static_cast<int>(preprocessing.size);
  require_grey8(square, "X-ray");
  require_size(square, {side, side}, "X-ray");
  const auto enhanced = [&](const cv::Mat& image) {
    if (!preprocessing.clahe) return image.clone();
    return apply_clahe(image, preprocessing.clahe_clip_limit,
                       static_cast<int>(preprocessing.clahe_tiles));
  };
  if (preprocessing.arm == nn::Arm::original) return enhanced(square);
  require_grey8(mask, "lung mask");
  require_size(mask, {side, side}, "lung mask");
  const cv::Mat lungs = grown(mask, static_cast<int>(preprocessing.mask_dilation));
  return cut(enhanced(cut(square, lungs)), lungs);
}

}  // namespace cxrnet::imaging
