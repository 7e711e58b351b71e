// A model file with the digest by which results name it.
#pragma once

#include <filesystem>
#include <string>

#include "cxrnet/nn/model_file.h"

namespace cxrnet::pipeline {

struct LoadedModel {
  nn::ModelFile file;
  std::string sha256;  ///< of the file's bytes, lower-case hexadecimal
};

/// Errors: as nn::load_model.
LoadedModel load_model_with_digest(const std::filesystem::path& path);

}  // namespace cxrnet::pipeline
