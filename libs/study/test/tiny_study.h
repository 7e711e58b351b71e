// A study of phantoms that takes seconds.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "cxrnet/study/study.h"

namespace cxrnet::study {

struct PhantomSet {
  int64_t per_class = 6;
  int64_t test_per_class = 3;
  bool masks = true;
  bool broken_lesion = false;  ///< one ill image's lesion mask is no picture
};

/// A manifest of phantoms with lung and lesion masks in a folder of this process.
std::filesystem::path phantom_manifest(const PhantomSet& set);

/// Two encoders, one epoch, 64 pixels.
StudyOptions tiny_options();

StudyFacts tiny_facts();

/// Remembers the stages that were worked on, and asks for a stop after some training steps.
class RecordingObserver final : public Observer {
 public:
  explicit RecordingObserver(int64_t steps_until_stop = -1) : steps_left_(steps_until_stop) {}

  void on_stage_start(const Stage& stage, int64_t, int64_t) override {
    started.push_back(stage.name);
  }
  void on_stage_end(const StageStatus& status) override {
    if (status.state == StageState::failed) failed.insert(status.stage->name);
  }
  void on_step(const train::StepReport&) override {
    if (steps_left_ > 0) --steps_left_;
  }
  bool stop_requested() const { return steps_left_ == 0; }

  std::vector<std::string> started;
  std::set<std::string> failed;

 private:
  int64_t steps_left_;
};

/// Runs the study into `out`.
Outcome run_study(const std::filesystem::path& manifest, const StudyOptions& options,
                  const std::filesystem::path& out, const std::vector<std::string>& items,
                  RecordingObserver& observer);

nlohmann::json read_study(const std::filesystem::path& out);

}  // namespace cxrnet::study
