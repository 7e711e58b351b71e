// The model file: one safetensors file with the networks and everything needed to use them as they
// were meant.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/out_of_distribution.h"
#include "cxrnet/nn/preprocessing.h"
#include "cxrnet/nn/unet.h"

namespace cxrnet::nn {

/// Temperature scaling (Guo et al. 2017): probabilities = softmax(logits / temperature).
struct Calibration {
  double temperature = 1.0;
  bool fitted = false;
  std::vector<double> offsets =
      {};  ///< of the classes' calibrated logits, for the reader: they are
           ///< in the head's bias already; empty where none were fitted
};

/// A model: either network may be absent (null).
struct ModelFile {
  std::string name;
  CxrNet classifier{nullptr};
  UNet segmenter{nullptr};
  Preprocessing preprocessing;
  Calibration calibration;
  OutOfDistribution ood;
  nlohmann::json provenance = nlohmann::json::object();  ///< training command, data, epochs, dates
  std::string licence;
  nlohmann::json card =
      nlohmann::json::object();  ///< model-card facts: intended use, figures, limits
  nlohmann::json int8_ranges =
      nlohmann::json::object();  ///< of each network's values, by pipeline/precision.h; empty: int8
                                 ///< cannot be used
};

inline constexpr std::string_view kModelFormat = "cxrnet.model/1";

/// The bytes of a file with weights of type `dtype` (half or float; batch-norm statistics and
/// out-of-distribution figures stay f32) and a golden pair: what the stored weights answer to a
/// synthetic image. The networks are left as they were. Errors: invalid_option without any network.
std::string format_model(const ModelFile& model, at::ScalarType dtype = at::kHalf);

/// Writes them. Errors: as format_model and write_file_atomically.
void save_model(const std::filesystem::path& path, const ModelFile& model,
                at::ScalarType dtype = at::kHalf);

/// The model that a file's bytes hold; networks are f32, in evaluation mode, on the CPU. Every
/// tensor's name and shape is checked, and the golden pair is computed again. Errors: model_version
/// for another format; corrupt_model.
ModelFile parse_model(std::string_view bytes);

/// Reads a model. Errors: as read_file and parse_model.
ModelFile load_model(const std::filesystem::path& path);

/// The file's metadata without building the networks. Errors: as load_model, without the weights'
/// checks.
nlohmann::json describe_model(const std::filesystem::path& path);

}  // namespace cxrnet::nn
