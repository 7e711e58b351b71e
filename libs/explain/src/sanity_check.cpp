#include "cxrnet/explain/sanity_check.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <torch/nn/modules/batchnorm.h>

#include <algorithm>
#include <mutex>
#include <string_view>
#include <utility>

#include "cxrnet/explain/agreement.h"
#include "cxrnet/explain/heat_map.h"
#include "cxrnet/explain/localisation.h"
#include "cxrnet/nn/cxr_net.h"

namespace cxrnet::explain {
namespace {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// Parameters and buffers under their names; the tensors are the model's own.
NamedTensors state_of(const nn::CxrNet& model) {
  NamedTensors state;
  for (const auto& entry : model->named_parameters())
    state.emplace_back(entry.key(), entry.value());
  for (const auto& entry : model->named_buffers()) state.emplace_back(entry.key(), entry.value());
  return state;
}

// The model's weights as they were, given back when it dies.
class KeptState {
 public:
  explicit KeptState(const nn::CxrNet& model) : state_(state_of(model)) {
    for (const auto& [name, tensor] : state_) kept_.push_back(tensor.detach().clone());
  }
  ~KeptState() {
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < state_.size(); ++i) state_[i].second.copy_(kept_[i]);
  }
  KeptState(const KeptState&) = delete;
  KeptState& operator=(const KeptState&) = delete;

 private:
  NamedTensors state_;
  std::vector<at::Tensor> kept_;
};

// torch's default generator as it was, given back when it dies.
class KeptRandomState {
 public:
  KeptRandomState() {
    const std::lock_guard<std::mutex> lock(generator_.mutex());
    state_ = generator_.get_state();
  }
  ~KeptRandomState() {
    const std::lock_guard<std::mutex> lock(generator_.mutex());
    generator_.set_state(state_);
  }
  KeptRandomState(const KeptRandomState&) = delete;
  KeptRandomState& operator=(const KeptRandomState&) = delete;

  void seed(uint64_t value) {
    const std::lock_guard<std::mutex> lock(generator_.mutex());
    generator_.set_current_seed(value);
  }

 private:
  at::Generator generator_ = at::detail::getDefaultCPUGenerator();
  at::Tensor state_;
};

// A network of the model's form with random weights. Residual branches start training at zero; here
// they take part, or a random ResNet would be little more than its first layer.
nn::CxrNet new_network(const nn::CxrNet& model, int64_t seed) {
  KeptRandomState random;
  random.seed(static_cast<uint64_t>(seed));
  nn::CxrNet network(model->options());
  const at::NoGradGuard no_grad;
  for (const auto& module : network->modules(/*include_self=*/false)) {
    if (auto* norm = module->as<torch::nn::BatchNorm2d>()) norm->weight.fill_(1.0);
  }
  return network;
}

// The layer that a parameter belongs to: "encoder.layer4.0.conv1.weight" -> "encoder.layer4".
std::string layer_of(std::string_view name) {
  const auto up_to = [&](int dots) {
    std::size_t end = 0;
    for (int i = 0; i < dots; ++i) end = name.find('.', end == 0 ? 0 : end + 1);
    return std::string(name.substr(0, end));
  };
  if (name.substr(0, 8) == "decoder.") return up_to(1);
  return name.substr(0, 17) == "encoder.features." ? up_to(3) : up_to(2);
}

// A dead map is like or unlike nothing: it enters neither mean.
SanityStep compare(std::string layer, const at::Tensor& original, const at::Tensor& heat) {
  const auto dead = is_dead(original).logical_or(is_dead(heat));
  const auto live = dead.logical_not().nonzero().flatten();
  const auto first = original.index_select(0, live);
  const auto second = heat.index_select(0, live);
  return {.layer = std::move(layer),
          .ssim = mean_of_defined(structural_similarity(first, second)).mean,
          .rank_correlation = mean_of_defined(rank_correlation(first, second)).mean,
          .n = live.size(0),
          .n_dead = original.size(0) - live.size(0)};
}

}  // namespace

std::vector<std::string> sanity_layers(nn::CxrNet& model) {
  std::vector<std::string> encoder;
  std::vector<std::string> layers;
  bool decoder = false;
  for (const auto& entry : model->named_parameters()) {
    const auto layer = layer_of(entry.key());
    decoder = decoder || layer == "decoder";
    auto& list = layer.substr(0, 8) == "encoder." ? encoder : layers;
    if (layer == "decoder" || std::find(list.begin(), list.end(), layer) != list.end()) continue;
    list.push_back(layer);
  }
  layers.insert(layers.end(), encoder.rbegin(), encoder.rend());
  if (decoder) layers.emplace_back("decoder");
  return layers;
}

std::vector<SanityStep> sanity_check(nn::CxrNet& model, const HeatOf& heat_of, int64_t seed) {
  const auto original = heat_of(model);
  const auto fresh = new_network(model, seed);
  const auto random = state_of(fresh);
  const auto state = state_of(model);
  const KeptState kept(model);
  std::vector<SanityStep> steps;
  for (auto& layer : sanity_layers(model)) {
    {
      const at::NoGradGuard no_grad;
      for (std::size_t i = 0; i < state.size(); ++i) {
        if (layer_of(state[i].first) == layer) state[i].second.copy_(random[i].second);
      }
    }
    steps.push_back(compare(std::move(layer), original, heat_of(model)));
  }
  return steps;
}

}  // namespace cxrnet::explain
