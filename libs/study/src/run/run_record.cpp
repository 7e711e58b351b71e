#include "run/run_record.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "run/stage_record.h"

namespace cxrnet::study {
namespace {

namespace fs = std::filesystem;
constexpr const char* kRunSchema = "cxrnet.study-run/1";
constexpr const char* kRecordFile = "run.json";
constexpr const char* kStages = "runs";
constexpr std::array<const char*, 3> kFiles{"report.html", "study.json", "config.toml"};

// Folders of results, and the kinds of files that a study puts there.
struct ResultFolder {
  const char* name;
  std::array<std::string_view, 3> suffixes;
};
constexpr std::array<ResultFolder, 3> kResultFolders{
    {{"tables", {".csv"}}, {"figures", {".svg", ".csv", ".gp"}}, {"pictures", {".png"}}}};

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code none;
  for (fs::directory_iterator entry(folder, none), end; !none && entry != end;
       entry.increment(none)) {
    entries.push_back(entry->path());
  }
  return entries;
}

void remove_if_empty(const fs::path& folder) {
  std::error_code ignored;
  if (fs::is_empty(folder, ignored)) fs::remove(folder, ignored);
}

}  // namespace

nlohmann::json describe_study(const StudyOptions& options, const DataFacts& data, uint64_t seed) {
  auto computed = options_to_json(options);
  for (const char* harmless : {"workers", "device", "cuda-graphs"}) computed.erase(harmless);
  return {{"schema", kRunSchema},
          {"seed", seed},
          {"manifest", data.sha256},
          {"lesions", data.lesions_sha256},
          {"options", computed}};
}

std::optional<nlohmann::json> read_run_record(const fs::path& folder) {
  std::error_code failure;
  if (!fs::is_regular_file(folder / kRecordFile, failure)) return std::nullopt;
  auto record = nlohmann::json::parse(read_file(folder / kRecordFile), nullptr,
                                      /*allow_exceptions=*/false);
  if (!record.is_object() || record.value("schema", "") != kRunSchema ||
      !record.value("options", nlohmann::json()).is_object()) {
    return std::nullopt;
  }
  return record;
}

void write_run_record(const fs::path& folder, const nlohmann::json& description) {
  write_file_atomically(folder / kRecordFile, description.dump(1) + "\n");
}

bool holds_study(const fs::path& folder) {
  std::error_code ignored;
  const auto is_there = [&](const char* name) { return fs::exists(folder / name, ignored); };
  return is_there(kRecordFile) || is_there(kStages) ||
         std::any_of(kFiles.begin(), kFiles.end(), is_there);
}

void discard_study(const fs::path& folder) {
  for (const auto& stage : entries_of(folder / kStages)) {
    if (read_stage_record(stage)) fs::remove_all(stage);
  }
  remove_if_empty(folder / kStages);
  for (const auto& results : kResultFolders) {
    for (const auto& file : entries_of(folder / results.name)) {
      const auto suffix = file.extension().string();
      const bool ours =
          !suffix.empty() && std::find(results.suffixes.begin(), results.suffixes.end(), suffix) !=
                                 results.suffixes.end();
      if (ours) fs::remove(file);
    }
    remove_if_empty(folder / results.name);
  }
  for (const char* name : kFiles) fs::remove(folder / name);
  fs::remove(folder / kRecordFile);
}

}  // namespace cxrnet::study
