#include "cxrnet/nn/torchvision_weights.h"

#include <map>

#include "cxrnet/core/error.h"

namespace cxrnet::nn {
namespace {

using TensorsByName = std::map<std::string, at::Tensor>;

bool is_ignored(const std::string& name) {
  const auto starts_with = [&name](const char* prefix) { return name.rfind(prefix, 0) == 0; };
  return starts_with("fc.") || starts_with("classifier.") || starts_with("AuxLogits.") ||
         name.ends_with("num_batches_tracked");
}

TensorsByName named_state(const Encoder& encoder) {
  TensorsByName state;
  for (const auto& item : encoder.named_parameters()) state[item.key()] = item.value();
  for (const auto& item : encoder.named_buffers()) {
    if (!is_ignored(item.key())) state[item.key()] = item.value();
  }
  return state;
}

[[noreturn]] void reject_weights(const Encoder& encoder, const std::string& expected,
                                 const std::string& got) {
  throw Error(ErrorCode::corrupt_model, "torchvision weights: expected " + expected + ", got " +
                                            got + "; use the weights of " +
                                            std::string(to_string(encoder.options().architecture)));
}

std::string describe_shape(const at::Tensor& tensor) {
  std::string text;
  for (const auto size : tensor.sizes()) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text;
}

// Only the first convolution of a grey encoder has one input channel.
bool is_foldable(const at::Tensor& source, const at::Tensor& target) {
  return source.dim() == 4 && target.dim() == 4 && source.size(1) == 3 && target.size(1) == 1 &&
         source.size(0) == target.size(0) && source.sizes().slice(2) == target.sizes().slice(2);
}

}  // namespace

LoadReport load_torchvision_weights(Encoder& encoder, const Safetensors& weights) {
  const auto state = named_state(encoder);
  LoadReport report;
  TensorsByName accepted;
  for (const auto& [name, tensor] : weights.tensors) {
    if (is_ignored(name)) {
      report.ignored.push_back(name);
      continue;
    }
    const auto target = state.find(name);
    if (target == state.end())
      reject_weights(encoder, "only tensors of the encoder", "'" + name + "'");
    const bool folds = is_foldable(tensor, target->second);
    if (!folds && tensor.sizes() != target->second.sizes()) {
      reject_weights(encoder, "'" + name + "' of shape " + describe_shape(target->second),
                     describe_shape(tensor));
    }
    report.folded = report.folded || folds;
    accepted[name] = folds ? tensor.to(at::kFloat).sum(1, /*keepdim=*/true) : tensor;
  }
  const at::NoGradGuard no_grad;
  for (const auto& [name, target] : state) {
    if (accepted.count(name) == 0) reject_weights(encoder, "a tensor '" + name + "'", "none");
  }
  for (const auto& [name, target] : state) {
    target.copy_(accepted.at(name));
    report.loaded.push_back(name);
  }
  return report;
}

}  // namespace cxrnet::nn
