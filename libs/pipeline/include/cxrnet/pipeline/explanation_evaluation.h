// How good explanations are on labelled images, by the same path that diagnoses a user's file: what
// `evaluate --explain` prints.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/data/manifest.h"
#include "cxrnet/explain/benchmark.h"
#include "cxrnet/explain/method.h"
#include "cxrnet/metrics/bootstrap.h"
#include "cxrnet/nn/model_file.h"

namespace cxrnet::pipeline {

/// Below this number of images the figures are called indicative.
inline constexpr int64_t kFewExplainedImages = 10;

struct ExplanationOptions {
  std::vector<std::string> methods;  // names of explain::Method, or "all"; empty: no explanations
  std::string label;                 // images of that label alone; empty: every image
  int64_t limit = 0;                 // as many images, chosen by the seed; 0: every one
  explain::BenchmarkOptions benchmark;
  explain::MethodOptions method;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.methods, Field{"explain",
                              "measure these explanation methods, too: all, or representation, "
                              "grad_cam, rise, ... (see explain --help)"});
    visit(self.label, Field{"explain-class",
                            "explain images of that label alone; empty: every image, asked about "
                            "its true label"});
    visit(self.limit, Field{"explain-limit",
                            "explain that many images, chosen by explain-seed; 0: every one",
                            {.minimum = 0}});
    cxrnet::visit_fields(self.benchmark, visit);
    cxrnet::visit_fields(self.method, visit);
  }
};

/// The methods of these names in the order given, each once; "all" stands for every one. Errors:
/// invalid_option, listing the valid names.
std::vector<explain::Method> parse_methods(const std::vector<std::string>& names);

/// Which of `rows` are explained: those of the label, thinned out to the limit at random, in order.
/// Errors: invalid_option for an unknown label.
std::vector<std::size_t> choose_explained(const std::vector<data::ManifestRow>& rows,
                                          const ExplanationOptions& options);

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

/// One method's figures, or why it has none.
struct MethodEvaluation {
  explain::Method method = explain::Method::representation;
  explain::MethodSummary summary;
  double explained_per_second = 0.0;  ///< heat maps
  std::string not_applicable;         ///< the reason; empty: it was measured
};

struct ExplanationEvaluation {
  int64_t n = 0;  ///< images
  int64_t patients = 0;
  std::string label;  ///< the only one, or empty
  std::string judge;  ///< who judged, such as "the model itself"
  int64_t annotated_masks = 0;
  int64_t predicted_masks = 0;
  explain::BenchmarkOptions benchmark;
  std::vector<MethodEvaluation> methods;
  std::vector<std::string> warnings;  ///< sentences for the reader
};

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
  MethodEvaluation summarise_method(const Running& running,
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

/// DESIGN's `evaluate` contract: `explanation.<method>` with its figures, `explanation_setup`,
/// `explanation_warnings`, and the intervals and reasons under `intervals` and `undefined`. A
/// method that is not applicable is null.
nlohmann::json to_json(const ExplanationEvaluation& evaluation);

}  // namespace cxrnet::pipeline
