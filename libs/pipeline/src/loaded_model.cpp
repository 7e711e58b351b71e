#include "cxrnet/pipeline/loaded_model.h"

#include "cxrnet/core/files.h"
#include "cxrnet/pipeline/sha256.h"

namespace cxrnet::pipeline {

LoadedModel load_model_with_digest(const std::filesystem::path& path) {
  return {.file = nn::load_model(path), .sha256 = sha256_hex(read_file(path))};
}

}  // namespace cxrnet::pipeline
