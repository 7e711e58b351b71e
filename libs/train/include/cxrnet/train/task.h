// What is learned: a network, its loss and how well it does on images it was not trained on.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cxrnet/data/loader.h"

namespace torch::nn {
class Module;
}

namespace cxrnet::train {

/// Figures of one pass over the validation part.
struct Validation {
  double score = 0.0;  ///< what selects the best epoch; higher is better
  std::map<std::string, double> figures;
};

class Task {
 public:
  virtual ~Task() = default;

  virtual std::string_view name() const = 0;
  /// What its loss depends on besides the batch: must be the same for a run to go on.
  virtual nlohmann::json loss_options() const = 0;
  virtual torch::nn::Module& network() = 0;
  virtual bool needs_masks() const = 0;
  /// Called once per run, before the first step, on the device that it will run on.
  virtual void prepare(const data::ShardDataset& dataset, const std::vector<std::size_t>& training,
                       at::Device device) = 0;
  /// Sends images through the network as they will be in use: the batches behind the batch-norm
  /// statistics that ship.
  virtual void run_as_deployed(const at::Tensor& image) = 0;
  /// Scalar loss of a batch on the network's device.
  virtual at::Tensor loss(const data::Batch& batch) = 0;
  /// Whether the loss is made of image, target and mask by the network's device alone, its random
  /// numbers, too, so that a CUDA graph can hold it.
  virtual bool can_be_recorded() const { return true; }
  /// Runs through `batches`, an epoch of which has been started, with the network in evaluation
  /// mode.
  virtual Validation validate(data::Loader& batches) = 0;
};

}  // namespace cxrnet::train
