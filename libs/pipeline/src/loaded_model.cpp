#include "cxrnet/pipeline/loaded_model.h"

#include <future>
#include <utility>

#include "cxrnet/core/files.h"
#include "cxrnet/pipeline/sha256.h"

namespace cxrnet::pipeline {

LoadedModel load_model_with_digest(const std::filesystem::path& path) {
  const auto bytes = read_file(path, kMaxLargeFileBytes);
  auto digest = std::async([&] { return sha256_hex(bytes); });
  auto model = nn::parse_model(bytes);
  return {.file = std::move(model), .sha256 = digest.get()};
}

}  // namespace cxrnet::pipeline
