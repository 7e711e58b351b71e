#include "cxrnet/train/checkpoint.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/nn/module.h>

#include <mutex>

#include "cxrnet/core/error.h"
#include "state.h"

namespace cxrnet::train {

nlohmann::json to_json(const Progress& progress) {
  return {{"epoch", progress.epoch},
          {"batch", progress.batch},
          {"step", progress.step},
          {"loss_sum", progress.loss_sum},
          {"images", progress.images},
          {"best_score", progress.best_score},
          {"best_epoch", progress.best_epoch}};
}

Progress progress_from_json(const nlohmann::json& object) {
  try {
    return {.epoch = object.at("epoch"),
            .batch = object.at("batch"),
            .step = object.at("step"),
            .loss_sum = object.at("loss_sum"),
            .images = object.at("images"),
            .best_score = object.at("best_score"),
            .best_epoch = object.at("best_epoch")};
  } catch (const nlohmann::json::exception&) {
    throw Error(
        ErrorCode::corrupt_model,
        "checkpoint: expected the run's counters, got other metadata; start anew without --resume");
  }
}

void save_network(Safetensors& checkpoint, const torch::nn::Module& network) {
  for (const auto& [name, tensor] : state_of(network))
    checkpoint.tensors["network." + name] = tensor;
}

void load_network(const Safetensors& checkpoint, torch::nn::Module& network) {
  for (auto& [name, tensor] : state_of(network)) copy_tensor(checkpoint, "network." + name, tensor);
}

void save_generators(Safetensors& checkpoint) {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard lock(generator.mutex());
  checkpoint.tensors["generator.cpu"] = generator.get_state();
}

void load_generators(const Safetensors& checkpoint) {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard lock(generator.mutex());
  auto state = generator.get_state();
  copy_tensor(checkpoint, "generator.cpu", state);
  generator.set_state(state);
}

}  // namespace cxrnet::train
