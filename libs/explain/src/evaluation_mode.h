// Evaluation mode while it lives; then every module has its own mode back, also where a model was
// in mixed modes, such as frozen batch norms in training.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <utility>
#include <vector>

namespace cxrnet::explain {

class EvaluationMode {
 public:
  explicit EvaluationMode(torch::nn::Module& model) {
    for (const auto& module : model.modules()) modes_.emplace_back(module, module->is_training());
    model.eval();
  }
  ~EvaluationMode() {
    // A module comes before those it holds, which train() sets as well: the last word is theirs.
    for (const auto& [module, was_training] : modes_) module->train(was_training);
  }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  std::vector<std::pair<std::shared_ptr<torch::nn::Module>, bool>> modes_;
};

}  // namespace cxrnet::explain
