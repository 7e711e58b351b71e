#include "cxrnet/pipeline/image_tensor.h"

#include <ATen/Functions.h>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"

namespace cxrnet::pipeline {

at::Tensor to_tensor(const cv::Mat& grey) {
  if (grey.type() != CV_8UC1 || grey.empty()) {
    throw Error(ErrorCode::invalid_shape,
                "image: expected 8-bit grey pixels, got another type; convert it first");
  }
  const cv::Mat packed = grey.isContinuous() ? grey : grey.clone();
  const auto bytes = at::from_blob(packed.data, {1, 1, packed.rows, packed.cols}, at::kByte);
  return bytes.to(at::kFloat).div_(255.0);
}

cv::Mat to_image(const at::Tensor& image) {
  require_shape(image, {1, 1, -1, -1}, "image");
  const auto bytes = image.detach()
                         .to(at::kCPU, at::kFloat)
                         .mul(255.0)
                         .round_()
                         .clamp_(0, 255)
                         .to(at::kByte)
                         .contiguous();
  const cv::Mat view(static_cast<int>(bytes.size(2)), static_cast<int>(bytes.size(3)), CV_8UC1,
                     bytes.data_ptr());
  return view.clone();
}

}  // namespace cxrnet::pipeline
