// How good explanations are on labelled images, by the same path that diagnoses a user's file: what
// `evaluate --explain` prints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/data/manifest.h"
#include "cxrnet/explain/benchmark.h"
#include "cxrnet/explain/method.h"
#include "cxrnet/metrics/bootstrap.h"

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
/// invalid_option, naming the option and listing the valid names.
std::vector<explain::Method> parse_methods(const std::vector<std::string>& names,
                                           std::string_view option = "explain");

/// Which of `rows` are explained: those of the label, thinned out to the limit at random, in order.
/// Errors: invalid_option for an unknown label.
std::vector<std::size_t> choose_explained(const std::vector<data::ManifestRow>& rows,
                                          const ExplanationOptions& options);

/// One method's figures, or why it has none.
struct MethodEvaluation {
  explain::Method method = explain::Method::representation;
  explain::MethodSummary summary;
  /// The first measured method minus this one, image by image; none for the first itself.
  std::optional<explain::MethodDifference> difference = {};
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

  std::vector<const MethodEvaluation*> measured() const;  ///< the first is compared with the others
};

/// DESIGN's `evaluate` contract: `explanation.<method>` with its figures and, as `difference`,
/// those of the first measured method minus its own, image by image; `explanation_setup` with the
/// first's name as `difference_of`, `explanation_warnings`, and the intervals and reasons under
/// `intervals` and `undefined`. A method that is not applicable is null.
nlohmann::json to_json(const ExplanationEvaluation& evaluation);

}  // namespace cxrnet::pipeline
