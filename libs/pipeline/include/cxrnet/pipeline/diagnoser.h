// From an X-ray to a diagnosis and the pixels behind it (paper, Fig. 1): segment, mask, CLAHE,
// classify, explain.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "cxrnet/core/attempt.h"
#include "cxrnet/engine/engine.h"
#include "cxrnet/imaging/decode.h"
#include "cxrnet/imaging/resize.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/pipeline/diagnosis.h"

namespace cxrnet::pipeline {

/// A loaded model, ready to answer. Not thread-safe.
class Diagnoser {
 public:
  /// Errors: corrupt_model when the file holds no classifier, or one for segmented lungs without a
  /// segmenter; invalid_option for a precision that the processor lacks, or int8 without ranges.
  /// The networks answer `batch` images at once, black ones where there are fewer.
  explicit Diagnoser(nn::ModelFile model, const engine::EngineOptions& options = {},
                     std::size_t batch = 1);
  /// With `explain` off the decoder is not run and `heat` stays empty. The first answer has the
  /// compiled networks held against the model's own (golden_check.h).
  /// Errors: no_lungs when the model wants segmented lungs and finds none; those of the check.
  Diagnosis diagnose(const imaging::GreyImage& image, bool explain = true);

  /// The same for at most `batch` images: what is said of each, or what diagnose throws for it.
  std::vector<Attempt<Diagnosis>> diagnose_all(std::span<const imaging::GreyImage> images,
                                               bool explain = true);

  /// The heat map [1, 1, S, S] f32 in [0, 1] of class `target`, in the network's square, of an
  /// image that was diagnosed. Errors: invalid_option for a model without a decoder.
  at::Tensor representation(const Diagnosis& diagnosis, int64_t target);

  const nn::ModelFile& model() const { return model_; }

 private:
  struct Case;
  void prepare(bool explain);
  void check_classifier(bool explain);
  void check_segmenter();
  at::Tensor batch_of(const std::vector<Case*>& cases,
                      const cv::Mat& (*square_of)(const Case&)) const;
  static std::vector<Case*> unfailed(std::vector<Case>& cases);
  void find_lungs(const std::vector<Case*>& cases);
  void classify(const std::vector<Case*>& cases, bool explain);
  void conclude(Diagnosis& diagnosis, const engine::ClassifierAnswer& answer) const;
  std::vector<Flag> find_flags(const Diagnosis& diagnosis) const;

  nn::ModelFile model_;
  std::size_t batch_;
  engine::EngineOptions options_;
  engine::ClassifierEngine classifier_;
  std::optional<engine::SegmenterEngine> segmenter_;
  bool is_checked_ = false;  // but for the heat map
  bool is_explanation_checked_ = false;
};

}  // namespace cxrnet::pipeline
