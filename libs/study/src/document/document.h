// study.json and what is derived from it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cxrnet/study/study.h"

namespace cxrnet::study {

/// The paper's figures, to stand beside ours: sections IV-C, Table I, Fig. 8, 10, 11, 13.
const nlohmann::json& paper_figures();

/// {"manifest_sha256", "images", "used", "split", "split_is_random", "labels", "confounding"}.
nlohmann::json describe_data(const data::Manifest& all, const data::Manifest& chosen,
                             const std::string& manifest_sha256, const StudyOptions& options);

/// What the figures say, the doubts first. `study`: study.json without its summary.
std::vector<std::string> summarise(const nlohmann::json& study);

/// Writes `folder`/tables/*.csv, one for each table of the document. Errors: disk_full,
/// write_failed.
void write_tables(const nlohmann::json& study, const std::filesystem::path& folder);

}  // namespace cxrnet::study
