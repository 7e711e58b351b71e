// What a stage leaves behind: stage.json in its folder.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace cxrnet::study {

/// States as they are written.
inline constexpr const char* kStarted = "started";  ///< under way or interrupted: may go on
inline constexpr const char* kDone = "done";
inline constexpr const char* kFailed = "failed";

struct StageRecord {
  std::string fingerprint;
  std::string state;
  double seconds = 0.0;     ///< spent so far
  std::string reason = {};  ///< why it failed
  nlohmann::json result = nlohmann::json::object();
};

/// The record in a stage's folder; nothing where there is none, or one that cannot be read, since
/// either way the stage has to be done again.
std::optional<StageRecord> read_stage_record(const std::filesystem::path& stage_folder);

/// Errors: disk_full, write_failed.
void write_stage_record(const std::filesystem::path& stage_folder, const StageRecord& record);

}  // namespace cxrnet::study
