#include "cxrnet/study/study.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/data/shards.h"
#include "cxrnet/pipeline/sha256.h"
#include "document/document.h"
#include "plan/choose_rows.h"
#include "run/run_record.h"
#include "run/stage_record.h"
#include "run/workplace.h"

namespace cxrnet::study {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNotice =
    "Research use only: not a medical device, not for diagnosis or treatment.";

// The rows of both sides; the random split is seen through the same images.
data::Manifest choose_images(const data::Manifest& all, const StudyOptions& options,
                             uint64_t seed) {
  std::set<std::size_t> chosen;
  for (const auto& [side, images] :
       {std::pair{"train", options.train_images}, std::pair{"test", options.test_images}}) {
    for (const auto row : choose_rows(all, options.split_column, side, images, seed))
      chosen.insert(row);
  }
  data::Manifest manifest{.folder = all.folder, .header = all.header, .rows = {}};
  for (const auto row : chosen) manifest.rows.push_back(all.rows[row]);
  return manifest;
}

DataFacts measure_data(const data::Manifest& manifest, const StudyOptions& options,
                       std::string sha256, std::string lesions_sha256) {
  DataFacts facts{.sha256 = std::move(sha256), .lesions_sha256 = std::move(lesions_sha256)};
  std::map<std::string, int64_t> explained;
  for (const auto& row : manifest.rows) {
    const bool is_test = data::side_of(row.columns.at(options.split_column)) == "test";
    ++(is_test ? facts.test_images : facts.training_images);
    if (!row.mask_path.empty()) ++facts.masked_images;
    if (is_test) ++explained[row.label];
  }
  for (const auto& [label, count] : explained) {
    facts.explained_images +=
        options.explain_images == 0 ? count : std::min(count, options.explain_images);
  }
  return facts;
}

// Full disks end the run in words of their own: nothing else could be written either.
[[noreturn]] void throw_unwritable(const fs::filesystem_error& error) {
  const bool is_full = error.code() == std::errc::no_space_on_device;
  throw Error(is_full ? ErrorCode::disk_full : ErrorCode::write_failed,
              "results: expected a folder that can be written, got '" + error.code().message() +
                  "'; make room and run the same command again, nothing that is done is lost");
}

class StopWatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// An empty folder with a started record, or the one in which the same work was interrupted.
StageRecord start_stage(const fs::path& folder, const std::string& fingerprint) {
  auto record = read_stage_record(folder);
  if (record && record->fingerprint == fingerprint && record->state == kStarted) return *record;
  fs::remove_all(folder);
  fs::create_directories(folder);
  StageRecord fresh{.fingerprint = fingerprint, .state = kStarted};
  write_stage_record(folder, fresh);
  return fresh;
}

// Runs a stage's work into its record; an error that would not stop other stages is recorded.
void work_stage(const Stage& stage, Workplace& place, StageRecord& record) {
  try {
    record.result = stage.work(place);
    record.state = kDone;
    return;
  } catch (const fs::filesystem_error&) {
    throw;
  } catch (...) {
    const Error error = current_error();
    // Options that suit no stage were refused before the first one.
    const bool suits_only_not_here = error.code() == ErrorCode::invalid_option;
    if (concern_of(error.code()) == Concern::run && !suits_only_not_here) throw;
    record.reason = error.what();
  }
  record.state = kFailed;
}

bool is_to_do(const StageStatus& status) {
  return status.state == StageState::waiting || status.state == StageState::failed;
}

// Why a stage cannot be done: one that it needs is not; "" when it can.
std::string missing_need(const Stage& stage, const std::vector<StageStatus>& all) {
  for (const auto& need : stage.needs) {
    for (const auto& status : all) {
      if (status.stage->name == need && status.state != StageState::done)
        return "it needs '" + need + "', which failed";
    }
  }
  return {};
}

// Leaves the stage done or failed, in its folder and in `status`. Errors: interrupted, disk_full,
// write_failed.
void run_stage(StageStatus& status, const std::string& fingerprint,
               const std::vector<StageStatus>& all, Workplace& place) {
  const auto folder = place.stage_folder(status.stage->name);
  auto record = start_stage(folder, fingerprint);
  const double seconds_before = record.seconds;
  const StopWatch watch;
  record.reason = missing_need(*status.stage, all);
  try {
    if (record.reason.empty()) {
      work_stage(*status.stage, place, record);
    } else {
      record.state = kFailed;
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::interrupted) throw;
    record.seconds = seconds_before + watch.seconds();
    write_stage_record(folder, record);
    throw;
  }
  record.seconds = seconds_before + watch.seconds();
  write_stage_record(folder, record);
  status.seconds = record.seconds;
  status.reason = record.reason;
  status.state = record.state == kDone ? StageState::done : StageState::failed;
}

}  // namespace

std::string_view state_name(StageState state) {
  switch (state) {
    case StageState::waiting:
      return "waiting";
    case StageState::done:
      return "done";
    case StageState::failed:
      return "failed";
    case StageState::left_out:
      return "left out";
  }
  return "?";
}

Study::Study(const fs::path& manifest, const StudyOptions& options, uint64_t seed, fs::path folder)
    : options_(options), seed_(seed), folder_(std::move(folder)) {
  validate_options(options_);
  const auto text = read_file(manifest);
  all_ = data::parse_manifest(text, manifest.parent_path());
  ensure_split(all_, options_.split_column, /*by_patient=*/!splits_at_random(options_), seed_);
  ensure_split(all_, options_.leaky_split_column, /*by_patient=*/false, seed_);
  chosen_ = choose_images(all_, options_, seed_);
  const auto lesions = all_.folder / "lesions" / "lesions.csv";
  data_ = measure_data(
      chosen_, options_, pipeline::sha256_hex(text),
      fs::is_regular_file(lesions) ? pipeline::sha256_hex(read_file(lesions)) : std::string());
  plan_ = make_plan(options_, data_, seed_);
  fingerprints_ = fingerprints(plan_);
}

std::vector<StageStatus> Study::status(const std::vector<std::string>& items) const {
  std::set<std::string> selected;
  const auto selection = select_items(plan_, items);
  for (const auto& stage : selection.stages) selected.insert(stage.name);
  std::vector<StageStatus> all;
  for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
    const auto& stage = plan_.stages[i];
    StageStatus status{.stage = &stage, .state = StageState::waiting};
    const auto record =
        folder_.empty() ? std::nullopt : read_stage_record(folder_ / "runs" / stage.name);
    const bool is_current = record && record->fingerprint == fingerprints_[i];
    if (is_current) status.seconds = record->seconds;
    if (is_current && record->state == kDone) {
      status.state = StageState::done;
    } else if (selected.count(stage.name) == 0) {
      status.state = StageState::left_out;
    } else if (is_current && record->state == kFailed) {
      status.state = StageState::failed;
      status.reason = record->reason;
    }
    all.push_back(status);
  }
  return all;
}

bool Study::exists() const { return holds_study(folder_); }

std::vector<std::string> Study::changes() const {
  const auto now = describe_study(options_, data_, seed_);
  if (const auto then = read_run_record(folder_)) {
    auto completed = *then;  // by options that are younger than the study
    for (const auto& [name, value] : now.at("options").items()) {
      if (!completed["options"].contains(name)) completed["options"][name] = value;
    }
    return differences(completed, now);
  }
  std::vector<std::string> found;  // a study without a record has its stages' fingerprints
  for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
    const auto record = read_stage_record(folder_ / "runs" / plan_.stages[i].name);
    if (record && record->fingerprint != fingerprints_[i])
      found.push_back("stage " + plan_.stages[i].name + " was made otherwise");
  }
  return found;
}

void Study::discard() const try {
  discard_study(folder_);
} catch (const fs::filesystem_error& error) {
  throw_unwritable(error);
}

OutputNeed Study::output_need() const {
  constexpr uint64_t kPixelsPerByte = 8;  // a JPEG of good quality takes more
  const auto side = static_cast<uint64_t>(options_.preprocessing.size);
  const uint64_t shards = chosen_.rows.size() * side * side / kPixelsPerByte;
  return {.bytes = shards, .largest_file = std::min(shards, uint64_t{data::kDefaultShardBytes})};
}

Outcome Study::run(const std::vector<std::string>& items, const StudyFacts& facts,
                   Observer& observer, const std::function<bool()>& stop_requested) try {
  fs::create_directories(folder_);
  write_run_record(folder_, describe_study(options_, data_, seed_));
  Workplace place(options_, seed_, folder_, chosen_, all_, observer, stop_requested);
  auto all = status(items);
  const auto count = std::count_if(all.begin(), all.end(), is_to_do);
  int64_t number = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& stage = all[i];
    if (!is_to_do(stage)) continue;
    if (stop_requested()) {
      write_document(document(items, facts));
      return Outcome::interrupted;
    }
    observer.on_stage_start(*stage.stage, ++number, count);
    try {
      run_stage(stage, fingerprints_[i], all, place);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::interrupted) throw;
      write_document(document(items, facts));
      return Outcome::interrupted;
    }
    observer.on_stage_end(stage);
    if (stage.stage->name == stage.stage->item) write_document(document(items, facts));
  }
  write_document(document(items, facts));
  const bool failed = std::any_of(all.begin(), all.end(), [](const StageStatus& stage) {
    return stage.state == StageState::failed;
  });
  return failed ? Outcome::some_failed : Outcome::finished;
} catch (const fs::filesystem_error& error) {
  throw_unwritable(error);
}

void Study::write_document(const nlohmann::json& study) const {
  write_tables(study, folder_);
  write_file_atomically(folder_ / "study.json", study.dump(1) + "\n");
}

nlohmann::json Study::document(const std::vector<std::string>& items,
                               const StudyFacts& facts) const {
  nlohmann::json study{{"schema", kStudySchema},
                       {"version", facts.version},
                       {"preset", facts.preset},
                       {"seed", seed_},
                       {"command", facts.command},
                       {"date", facts.date},
                       {"environment", facts.environment},
                       {"options", options_to_json(options_)},
                       {"data", describe_data(all_, chosen_, data_.sha256, options_)},
                       {"plan", nlohmann::json::array()},
                       {"complete", true},
                       {"unprocessed", nlohmann::json::array()},
                       {"notice", kNotice},
                       {"paper", paper_figures()}};
  for (const auto& status : this->status(items)) {
    const auto& stage = *status.stage;
    study["plan"].push_back({{"stage", stage.name},
                             {"item", stage.item},
                             {"title", stage.title},
                             {"estimated_seconds", stage.estimated_seconds},
                             {"seconds", status.seconds},
                             {"state", state_name(status.state)},
                             {"reason", status.reason}});
    if (is_to_do(status)) study["complete"] = false;
    if (status.state == StageState::waiting) study["unprocessed"].push_back(stage.name);
    if (stage.name == stage.item && status.state == StageState::done)
      study[stage.item] = read_stage_record(folder_ / "runs" / stage.name)->result;
  }
  study["summary"] = summarise(study);
  return study;
}

}  // namespace cxrnet::study
