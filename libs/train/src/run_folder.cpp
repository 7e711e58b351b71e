#include "cxrnet/train/run_folder.h"

#include <algorithm>
#include <array>
#include <string>
#include <system_error>
#include <vector>

#include "cxrnet/core/error.h"

namespace cxrnet::train {
namespace {

namespace fs = std::filesystem;
constexpr const char* kEventFilePrefix = "events.out.tfevents.";
constexpr std::array<const char*, 5> kFiles{kModelFile, kBestCheckpoint, kEpochsFile,
                                            kConfigurationFile, kLastCheckpoint};

std::vector<fs::path> event_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().filename().string().rfind(kEventFilePrefix, 0) == 0)
      files.push_back(entry->path());
  }
  return files;
}

void remove_file(const fs::path& path) {
  std::error_code failure;
  fs::remove(path, failure);
  if (!failure) return;
  throw Error(ErrorCode::write_failed,
              "restart: expected that the old run's files can be removed, "
              "got '" +
                  failure.message() + "'; choose another with --out");
}

}  // namespace

bool holds_run(const fs::path& folder) {
  std::error_code ignored;
  return std::any_of(kFiles.begin(), kFiles.end(),
                     [&](const char* name) { return fs::exists(folder / name, ignored); });
}

void require_startable(const fs::path& folder, bool resume, bool restart) {
  if (resume && restart) {
    throw Error(ErrorCode::invalid_option,
                "resume: expected it or --restart, got both; give one of them");
  }
  if (resume || restart || !holds_run(folder)) return;
  throw Error(ErrorCode::invalid_option,
              "out: expected a folder without a run, got one that holds a run; go on with it by "
              "--resume, throw it away by --restart, or name another folder with --out");
}

void discard_run(const fs::path& folder) {
  for (const auto& path : event_files(folder)) remove_file(path);
  for (const char* name : kFiles) remove_file(folder / name);
}

}  // namespace cxrnet::train
