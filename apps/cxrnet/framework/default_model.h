// Where the default model lies, so that it is found without a flag.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace cxrnet::app {

inline constexpr const char* kDefaultModelName = "cxrnet-default.safetensors";

/// The first that exists: the file that the environment variable CXRNET_MODEL names;
/// share/cxrnet/models beside the program's bin folder (installed); the folder models above the
/// program (a build tree inside the repository).
std::optional<std::filesystem::path> find_default_model();

/// `given`, or the default model when it is empty. Errors: not_found, saying where a model would be
/// found.
std::filesystem::path require_model_path(const std::string& given);

}  // namespace cxrnet::app
