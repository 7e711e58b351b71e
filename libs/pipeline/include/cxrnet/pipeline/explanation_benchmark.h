// Explaining and judging labelled images, by the same path that diagnoses a user's file.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cxrnet/data/manifest.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/pipeline/explanation_evaluation.h"

namespace cxrnet::pipeline {

/// One image as the classifier sees it.
struct ExplanationCase {
  at::Tensor image;  ///< [1, 1, size, size] f32 in [0, 1]
  at::Tensor lungs;  ///< [1, 1, size, size] f32 0 or 1; all 0 where there is no mask
  enum class Mask { none, annotated, predicted } mask = Mask::none;
  int64_t target = 0;  ///< the true label
  std::string group;   ///< the patient
};

/// Reads a row and prepares it as for a diagnosis. The lungs are the manifest's where it has a
/// mask, else the segmenter's. Errors: those of reading, decoding and diagnosing; invalid_shape
/// when the row's lung mask does not have the image's size.
ExplanationCase read_explanation_case(const nn::ModelFile& model, const data::Manifest& manifest,
                                      const data::ManifestRow& row);

/// A model's calibrated logits as a judge, so that the curves show the probabilities that it
/// reports.
explain::Classifier make_judge(const nn::ModelFile& model);

/// Errors: invalid_option unless `judge` has a classifier that takes the same prepared images.
void require_same_input(const nn::ModelFile& explained, const nn::ModelFile& judge);

/// Explains and judges cases as they come, a handful in memory at a time.
class ExplanationBenchmark {
 public:
  /// `judge` is called `judge_name` in the results. Errors: invalid_option.
  ExplanationBenchmark(nn::CxrNet model, explain::Classifier judge, std::string judge_name,
                       const ExplanationOptions& options);

  /// Errors: invalid_shape; whatever the judge throws. A method that throws is left out from then
  /// on, and says so.
  void add(ExplanationCase one);

  /// The figures of all cases, with intervals by patient. Errors: invalid_option.
  ExplanationEvaluation finish(const metrics::BootstrapOptions& bootstrap);

 private:
  struct Running {
    explain::Method method;
    std::vector<explain::MethodMeasures> parts;
    double seconds = 0.0;  // spent on drawing heat maps
    std::string not_applicable;
  };

  void measure_waiting();
  void measure_method(Running& running, const explain::BenchmarkCases& cases);
  std::string why_not_applicable(const Running& running) const;
  explain::MethodMeasures measures_of(const Running& running) const;
  MethodEvaluation summarise_method(const Running& running,
                                    const metrics::BootstrapOptions& bootstrap) const;
  void compare_with_first(std::vector<MethodEvaluation>& methods,
                          const metrics::BootstrapOptions& bootstrap) const;
  void warn(ExplanationEvaluation& evaluation) const;

  nn::CxrNet model_;
  explain::Classifier judge_;
  std::string judge_name_;
  ExplanationOptions options_;
  std::vector<Running> methods_;
  std::vector<ExplanationCase> waiting_;
  std::vector<std::string> groups_;
  std::map<ExplanationCase::Mask, int64_t> masks_;
};

}  // namespace cxrnet::pipeline
