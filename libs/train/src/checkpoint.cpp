#include "cxrnet/train/checkpoint.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <torch/nn/module.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cxrnet/core/error.h"
#include "state.h"

namespace cxrnet::train {
namespace {

constexpr const char* kCpuGenerator = "generator.cpu";

// libtorch's own generators by their names in a checkpoint.
std::vector<std::pair<std::string, at::Generator>> generators_of(at::Device device) {
  std::vector<std::pair<std::string, at::Generator>> generators{
      {kCpuGenerator, at::detail::getDefaultCPUGenerator()}};
  if (device.is_cuda())
    generators.emplace_back("generator.cuda", at::globalContext().defaultGenerator(device));
  return generators;
}

}  // namespace

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

void save_generators(Safetensors& checkpoint, at::Device device) {
  for (auto [name, generator] : generators_of(device)) {
    const std::lock_guard lock(generator.mutex());
    checkpoint.tensors[name] = generator.get_state();
  }
}

void load_generators(const Safetensors& checkpoint, at::Device device) {
  for (auto [name, generator] : generators_of(device)) {
    // A run that comes from another kind of device has no state for this one's.
    if (name != kCpuGenerator && checkpoint.tensors.count(name) == 0) continue;
    const std::lock_guard lock(generator.mutex());
    auto state = generator.get_state();
    copy_tensor(checkpoint, name, state);
    generator.set_state(state);
  }
}

}  // namespace cxrnet::train
