#include "cxrnet/train/teachers.h"

#include <ATen/Functions.h>

#include <string>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"
#include "device.h"

namespace cxrnet::train {

Teachers::Teachers(const std::vector<nn::ModelFile>& models, double weight) : weight_(weight) {
  if (!(weight >= 0.0 && weight <= 1.0)) {
    throw Error(ErrorCode::invalid_option, "teachers' weight: expected 0 to 1, got " +
                                               std::to_string(weight) + "; choose another");
  }
  for (const auto& model : models) {
    if (!model.classifier) {
      throw Error(ErrorCode::invalid_option,
                  "teachers: expected models with a classifier, got one without; give another");
    }
    teachers_.push_back({model.classifier, model.calibration.temperature});
  }
}

void Teachers::move_to(at::Device device) {
  for (auto& teacher : teachers_) {
    place_network(*teacher.network, device, /*channels_last=*/true);
    teacher.network->eval();
  }
}

at::Tensor Teachers::mix_into(const at::Tensor& target, const at::Tensor& image) const {
  if (teachers_.empty()) return target;
  const at::NoGradGuard no_grad;
  auto probabilities = at::zeros_like(target);
  for (const auto& [network, temperature] : teachers_) {
    auto classifier = network;  // a handle
    const auto logits = classifier->classify(image).to(at::kFloat);
    require_shape(logits, {target.size(0), target.size(1)}, "teacher's logits");
    probabilities += (logits / temperature).softmax(1);
  }
  return target.lerp(probabilities / static_cast<double>(teachers_.size()), weight_);
}

}  // namespace cxrnet::train
