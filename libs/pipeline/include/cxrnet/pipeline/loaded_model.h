// A model file with the digest by which results name it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "cxrnet/nn/model_file.h"

namespace cxrnet::pipeline {

struct LoadedModel {
  nn::ModelFile file;
  std::string sha256;  ///< of the file's bytes, lower-case hexadecimal
};

/// Errors: as nn::load_model.
LoadedModel load_model_with_digest(const std::filesystem::path& path);

/// SHA-256 (FIPS 180-4), lower-case hexadecimal.
std::string sha256_hex(std::string_view bytes);

}  // namespace cxrnet::pipeline
