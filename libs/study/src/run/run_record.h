// What a study was begun with: run.json in its folder, written before anything else.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "cxrnet/study/options.h"
#include "cxrnet/study/plan.h"

namespace cxrnet::study {

/// Options that change what is computed, data and seed.
nlohmann::json describe_study(const StudyOptions& options, const DataFacts& data, uint64_t seed);

/// Nothing where there is none, or one that cannot be read.
std::optional<nlohmann::json> read_run_record(const std::filesystem::path& folder);

/// Errors: disk_full, write_failed.
void write_run_record(const std::filesystem::path& folder, const nlohmann::json& description);

/// Whether a study lies in the folder, finished or not, or results of something else with a
/// configuration.
bool holds_study(const std::filesystem::path& folder);

/// Removes a study's files, and those alone; its record last. Errors: filesystem_error.
void discard_study(const std::filesystem::path& folder);

}  // namespace cxrnet::study
