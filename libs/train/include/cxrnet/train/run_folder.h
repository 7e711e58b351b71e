// What a training run leaves in its folder, and when another may begin there.
#pragma once

#include <filesystem>

namespace cxrnet::train {

inline constexpr const char* kLastCheckpoint = "last.safetensors";  ///< from which a run goes on
inline constexpr const char* kBestCheckpoint = "best.safetensors";
inline constexpr const char* kModelFile = "model.safetensors";
inline constexpr const char* kEpochsFile = "epochs.csv";
inline constexpr const char* kConfigurationFile = "config.toml";

/// Whether a run lies there, finished or not, or results of something else with a configuration.
bool holds_run(const std::filesystem::path& folder);

/// Errors: invalid_option for a run that nobody said to go on with or to throw away, naming both
/// options, and for both at once.
void require_startable(const std::filesystem::path& folder, bool resume, bool restart);

/// Removes the files of a run, and those alone; the checkpoint last, so that a folder from which
/// not all is gone still counts as a run's. Errors: write_failed.
void discard_run(const std::filesystem::path& folder);

}  // namespace cxrnet::train
