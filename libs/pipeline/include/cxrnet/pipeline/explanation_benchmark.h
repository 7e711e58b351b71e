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

/// A model's calibrated logits as a judge, by the engine that answers users, in f32, so that the
/// curves show the probabilities that it reports. Not for several threads at a time.
explain::Classifier make_judge(const nn::ModelFile& model);

/// Errors: invalid_option unless `judge` has a classifier that takes the same prepared images.
void require_same_input(const nn::ModelFile& explained, const nn::ModelFile& judge);

/// LayerCAM's level by the mean deletion over `cases`, which must not be among those that are
/// measured, and over the fills and grids of `options`. Of equal levels the coarsest. Errors:
/// empty_input without cases; as explain::explain and explain::measure.
LayerCamChoice choose_layer_cam_level(nn::CxrNet model, const explain::Classifier& judge,
                                      const std::vector<ExplanationCase>& cases,
                                      const ExplanationOptions& options);

/// Explains and judges cases as they come, a handful in memory at a time.
class ExplanationBenchmark {
 public:
  /// `judge` is called `judge_name` in the results. Errors: invalid_option.
  ExplanationBenchmark(nn::CxrNet model, explain::Classifier judge, std::string judge_name,
                       const ExplanationOptions& options);

  /// Errors: invalid_shape; whatever the judge throws. A method that does not apply to the model is
  /// left out, and says so; a map that is not a number is a dead one.
  void add(ExplanationCase one);

  /// How LayerCAM's level was chosen, for the record.
  void note(LayerCamChoice choice) { layer_cam_ = std::move(choice); }

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
  void warn_of_methods(ExplanationEvaluation& evaluation) const;

  nn::CxrNet model_;
  explain::Classifier judge_;
  std::string judge_name_;
  ExplanationOptions options_;
  std::vector<Running> methods_;
  std::vector<ExplanationCase> waiting_;
  std::vector<std::string> groups_;
  std::map<ExplanationCase::Mask, int64_t> masks_;
  std::optional<LayerCamChoice> layer_cam_;
};

}  // namespace cxrnet::pipeline
