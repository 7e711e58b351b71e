// `cxrnet reproduce`: everything the paper did, from raw images to study.json; resumable at any
// point.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cxrnet/core/output_room.h"
#include "cxrnet/data/manifest.h"
#include "cxrnet/study/plan.h"
#include "cxrnet/train/trainer.h"

namespace cxrnet::study {

inline constexpr const char* kStudySchema = "cxrnet.study/1";

enum class StageState {
  waiting,  ///< not yet done, or its result is out of date
  done,
  failed,    ///< tried, with a reason; tried again by the next run
  left_out,  ///< not asked for
};
std::string_view state_name(StageState state);  ///< such as "left out"

/// Where a stage stands.
struct StageStatus {
  const Stage* stage;
  StageState state;
  double seconds = 0.0;     ///< that it took
  std::string reason = {};  ///< why it failed
};

/// Told what happens; the library itself never prints.
class Observer : public train::Observer {
 public:
  virtual void on_stage_start(const Stage&, int64_t /*number*/, int64_t /*stages*/) {}
  virtual void on_stage_end(const StageStatus&) {}
  virtual void on_work(int64_t /*done*/, int64_t /*total*/) {}  ///< images or the like of a stage
};

/// What stands beside the figures.
struct StudyFacts {
  std::string preset;
  std::string version;  ///< of the program
  std::string command;
  std::string date;
  nlohmann::json environment = nlohmann::json::object();
};

enum class Outcome {
  finished,     ///< every stage that was asked for is done
  some_failed,  ///< some failed, the others are done
  interrupted,  ///< a stop was requested; the next run goes on
};

class Study {
 public:
  /// Reads the manifest and chooses the images. Results go to `folder` (created by the first
  /// stage; empty for a plan alone). Errors: invalid_option, invalid_manifest, empty_input; as
  /// read_file.
  Study(const std::filesystem::path& manifest, const StudyOptions& options, uint64_t seed,
        std::filesystem::path folder);

  const Plan& plan() const { return plan_; }

  /// The plan's stages as they stand in the folder; those that `items` do not need are left out.
  std::vector<StageStatus> status(const std::vector<std::string>& items) const;

  /// Whether a study lies in the folder, finished or not.
  bool exists() const;

  /// What a study in the folder was begun with and this one has otherwise, such as "seed was 1, is
  /// 2"; nothing when it can be gone on with. Options that do not change results do not count.
  std::vector<std::string> changes() const;

  /// Removes a study from the folder: its files, and those alone. Errors: write_failed.
  void discard() const;

  /// The least that the study will need; too little rather than too much.
  OutputNeed output_need() const;

  /// Does what `items` (empty: all) need and is not done yet, and writes study.json and tables/
  /// after every item and where it was stopped. A stage that fails is recorded with its reason and
  /// the others go on. Errors: invalid_option for an unknown item; disk_full, write_failed,
  /// internal end the run.
  Outcome run(const std::vector<std::string>& items, const StudyFacts& facts, Observer& observer,
              const std::function<bool()>& stop_requested);

  /// study.json as it stands: the items' results, the plan, the data, the paper's figures;
  /// `complete` when every stage that was asked for is done, `unprocessed` with those not tried.
  nlohmann::json document(const std::vector<std::string>& items, const StudyFacts& facts) const;

 private:
  void write_document(const nlohmann::json& study) const;

  StudyOptions options_;
  uint64_t seed_;
  std::filesystem::path folder_;
  data::Manifest all_;     // every row, with both splits
  data::Manifest chosen_;  // the study's
  DataFacts data_;
  Plan plan_;
  std::vector<std::string> fingerprints_;
};

}  // namespace cxrnet::study
