#include "framework/default_model.h"

#include <cstdlib>
#include <vector>

#include "cxrnet/core/error.h"

namespace cxrnet::app {
namespace {

namespace fs = std::filesystem;

// The program's folder, then each folder above it: build/release/apps/cxrnet lies four below the
// repository.
std::vector<fs::path> candidates() {
  std::vector<fs::path> paths;
  if (const char* named = std::getenv("CXRNET_MODEL"); named != nullptr && *named != '\0')
    return {named};
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  if (failure) return {};
  const fs::path bin = program.parent_path();
  paths.push_back(bin.parent_path() / "share/cxrnet/models" / kDefaultModelName);
  fs::path folder = bin;
  for (int level = 0; level < 5 && folder.has_relative_path();
       ++level, folder = folder.parent_path()) {
    paths.push_back(folder / "models" / kDefaultModelName);
  }
  return paths;
}

}  // namespace

std::optional<fs::path> find_default_model() {
  for (const auto& path : candidates()) {
    std::error_code failure;
    if (fs::is_regular_file(path, failure)) return path;
  }
  return std::nullopt;
}

fs::path require_model_path(const std::string& given) {
  if (!given.empty()) return given;
  if (const auto found = find_default_model()) return *found;
  throw Error(ErrorCode::not_found,
              std::string("model: expected models/") + kDefaultModelName +
                  " beside the program, got none; give --model FILE or set CXRNET_MODEL");
}

}  // namespace cxrnet::app
