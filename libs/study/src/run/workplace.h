// What a stage works with: options, data, the results of the stages before it, and a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <opencv2/core/mat.hpp>
#include <string>

#include "cxrnet/data/manifest.h"
#include "cxrnet/data/shards.h"
#include "cxrnet/study/study.h"

namespace cxrnet::study {

class Workplace {
 public:
  Workplace(const StudyOptions& study_options, uint64_t study_seed, std::filesystem::path folder,
            const data::Manifest& chosen_rows, const data::Manifest& every_row,
            Observer& study_observer, const std::function<bool()>& stop)
      : options(study_options),
        seed(study_seed),
        manifest(chosen_rows),
        all_rows(every_row),
        observer(study_observer),
        stop_requested(stop),
        folder_(std::move(folder)) {}

  const StudyOptions& options;
  const uint64_t seed;
  const data::Manifest& manifest;  ///< the study's rows
  const data::Manifest& all_rows;
  Observer& observer;
  const std::function<bool()>& stop_requested;

  /// Folder of a stage's files.
  std::filesystem::path stage_folder(const std::string& stage) const {
    return folder_ / "runs" / stage;
  }
  /// The result of a stage that is done. Errors: internal when it is not.
  nlohmann::json result(const std::string& stage) const;
  /// The shards that a stage prepared. Errors: as data::ShardDataset::open.
  data::ShardDataset shards(const std::string& stage) const {
    return data::ShardDataset::open(stage_folder(stage) / "data");
  }
  /// A seed of a stage's own, so that results do not depend on what else was done.
  uint64_t seed_of(const std::string& stage) const;

  /// Writes `pictures/NAME.png` (upscaled where it is small) and returns that relative path.
  /// `image`: CV_8UC1 or CV_8UC3.
  std::string save_picture(const std::string& name, const cv::Mat& image) const;

  /// Errors: interrupted when a stop was requested.
  void stop_here() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace cxrnet::study
