// What every output says of the model behind it: who answered, and for whom its answers hold.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cxrnet/nn/forward.h"

namespace cxrnet::nn {

struct ModelIdentity {
  std::string name;
  std::string sha256;      ///< of the file's bytes, lower-case hexadecimal; empty: of no file
  std::string limits;      ///< in words; empty when the model states none
  std::string population;  ///< whose X-rays it learnt from, in words; says so where nothing tells
};

/// Limits are the model card's `limits`: a text, or a list of texts. The population is the card's
/// `population`; where it has none, what the training noted: images by class and by source.
ModelIdentity identity_of(const ModelFile& model, std::string sha256);

/// The same from what nn::describe_model gives.
ModelIdentity identity_of(const nlohmann::json& description, std::string sha256);

/// The object `model` of every machine-readable output: name, sha256, limits, population. What is
/// empty is null.
nlohmann::json to_json(const ModelIdentity& identity);

}  // namespace cxrnet::nn
