// Distillation (Hinton, Vinyals and Dean 2015): what trained classifiers say of an image becomes
// part of a student's target.
#pragma once

#include <ATen/core/Tensor.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cxrnet/nn/model_file.h"

namespace cxrnet::train {

class Teachers {
 public:
  /// None: targets stay.
  Teachers() = default;
  /// `weight` in [0, 1] is the teachers' share of a target; `preprocessing` is the student's.
  /// Errors: invalid_option for a model without a calibrated classifier, for one whose images were
  /// prepared otherwise (their size aside), or for another weight.
  Teachers(const std::vector<nn::ModelFile>& models, double weight,
           const nn::Preprocessing& preprocessing);

  void move_to(at::Device device);

  /// (1 - weight) target + weight times the mean of the teachers' calibrated probabilities of
  /// `image` [N, 1, H, W], on its device: [N, classes] f32, without gradient. Errors:
  /// invalid_shape.
  at::Tensor mix_into(const at::Tensor& target, const at::Tensor& image) const;

  /// Who they are and their weight, to tell runs apart.
  nlohmann::json describe() const;

 private:
  struct Teacher {
    std::string name;
    nn::CxrNet network;
    double temperature;
  };
  std::vector<Teacher> teachers_;
  double weight_ = 0.0;
};

}  // namespace cxrnet::train
