#include "state.h"

#include <ATen/core/grad_mode.h>

#include "cxrnet/core/error.h"

namespace cxrnet::train {

NamedTensors state_of(const torch::nn::Module& network) {
  NamedTensors state;
  for (const auto& item : network.named_parameters()) state.emplace_back(item.key(), item.value());
  for (const auto& item : network.named_buffers()) state.emplace_back(item.key(), item.value());
  return state;
}

void copy_tensor(const Safetensors& checkpoint, const std::string& name, at::Tensor& destination) {
  const auto found = checkpoint.tensors.find(name);
  if (found == checkpoint.tensors.end() || found->second.sizes() != destination.sizes()) {
    throw Error(ErrorCode::corrupt_model,
                "checkpoint: expected tensor '" + name + "' of the network's shape, got " +
                    (found == checkpoint.tensors.end() ? "none" : "another shape") +
                    "; resume with the options the run was started with");
  }
  const at::NoGradGuard no_grad;
  destination.copy_(found->second);
}

}  // namespace cxrnet::train
