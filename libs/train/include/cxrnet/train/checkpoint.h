// Where a run stands, so that it can go on as if it had never stopped.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cxrnet/core/safetensors.h"

namespace torch::nn {
class Module;
}

namespace cxrnet::train {

/// Counters of a run.
struct Progress {
  int64_t epoch = 0;      ///< epochs finished
  int64_t batch = 0;      ///< batches done of the epoch under way
  int64_t step = 0;       ///< steps done in all
  double loss_sum = 0.0;  ///< of the epoch under way, over images
  int64_t images = 0;     ///< of the epoch under way
  double best_score = 0.0;
  int64_t best_epoch = 0;  ///< counted from 1; 0 = none yet
};

nlohmann::json to_json(const Progress& progress);
Progress progress_from_json(const nlohmann::json& object);  ///< errors: corrupt_model

inline constexpr const char* kCheckpointSchema = "cxrnet.checkpoint/1";

/// Adds "network.NAME" for every parameter and buffer.
void save_network(Safetensors& checkpoint, const torch::nn::Module& network);
/// Errors: corrupt_model when a tensor is missing or has another shape.
void load_network(const Safetensors& checkpoint, torch::nn::Module& network);

/// Adds, or restores, libtorch's own generators of the CPU and of `device` (dropout draws from
/// them). A GPU's is left as it is when the run comes from a CPU.
void save_generators(Safetensors& checkpoint, at::Device device);
void load_generators(const Safetensors& checkpoint, at::Device device);

}  // namespace cxrnet::train
