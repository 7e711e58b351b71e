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
  std::vector<std::string> methods;  // names of explain::Method, "all" or "evidence"; empty: none
  std::string label;                 // images of that label alone; empty: every image
  int64_t limit = 0;                 // as many images, chosen by the seed; 0: every one
  std::string layer_cam_side;     // on whose images LayerCAM's level is chosen; empty: it is given
  int64_t layer_cam_images = 40;  // how many of them, chosen by the seed
  explain::BenchmarkOptions benchmark;
  explain::MethodOptions method;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.methods, Field{"explain",
                              "measure these explanation methods, too: representation, grad_cam, "
                              "rise, ... (see explain --help); all; or evidence, the map and what "
                              "always stands beside it, by two fills on two grids"});
    visit(self.label, Field{"explain-class",
                            "explain images of that label alone; empty: every image, asked about "
                            "its true label"});
    visit(self.limit, Field{"explain-limit",
                            "explain that many images, chosen by explain-seed; 0: every one",
                            {.minimum = 0}});
    visit(self.layer_cam_side,
          Field{"layer-cam-side",
                "choose LayerCAM's level by deletion on images of that side of the split, such as "
                "train, never the measured one; empty: layer-cam-level as it is"});
    visit(self.layer_cam_images,
          Field{"layer-cam-images",
                "images of layer-cam-side to choose on, chosen by explain-seed",
                {.minimum = 1, .maximum = 100000}});
    cxrnet::visit_fields(self.benchmark, visit);
    cxrnet::visit_fields(self.method, visit);
  }
};

/// What always stands beside the shipped map, which comes first: no figure of it means anything
/// alone. The fills and grids that go with it, one of them unlike training's: zero and blur, 16 and
/// 10 blocks a side.
inline constexpr explain::Method kEvidence[] = {
    explain::Method::representation, explain::Method::grad_cam,
    explain::Method::layer_cam,      explain::Method::integrated_gradients,
    explain::Method::occlusion,      explain::Method::random,
    explain::Method::lung_mask};
inline constexpr int64_t kOtherGrid = 10;

/// The options with the further fills and grids that "evidence" stands for, unless they name some.
ExplanationOptions with_evidence(ExplanationOptions options);

/// The methods of these names in the order given, each once; "all" stands for every one, "evidence"
/// for kEvidence. Errors: invalid_option, naming the option and listing the valid names.
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

/// Which of the encoder's levels LayerCAM looks at, and why.
struct LayerCamChoice {
  std::string side;                       ///< of the split, on whose images it was chosen
  int64_t n = 0;                          ///< images
  int64_t level = 0;                      ///< the one with the highest deletion
  std::vector<metrics::Figure> deletion;  ///< of each level, mean over images, fills and grids
};

struct ExplanationEvaluation {
  int64_t n = 0;  ///< images
  int64_t patients = 0;
  std::string label;  ///< the only one, or empty
  std::string judge;  ///< who judged, such as "the model itself"
  int64_t annotated_masks = 0;
  int64_t predicted_masks = 0;
  explain::BenchmarkOptions benchmark;
  int64_t layer_cam_level = 0;
  std::optional<LayerCamChoice> layer_cam;  ///< none: the level was given
  std::vector<MethodEvaluation> methods;
  std::vector<std::string> warnings;  ///< sentences for the reader

  std::vector<const MethodEvaluation*> measured() const;  ///< the first is compared with the others
};

/// DESIGN's `evaluate` contract: `explanation.<method>` with its figures and, as `difference`,
/// those of the first measured method minus its own, image by image; `explanation_setup` with the
/// first's name as `difference_of`, `explanation_warnings`, and the intervals and reasons under
/// `intervals` and `undefined`. Deletion by fill and grid is `blocks.<fill>_<grid>.deletion`, in
/// the differences, too; `explanation_setup.blocks` lists them. A method that is not applicable is
/// null.
nlohmann::json to_json(const ExplanationEvaluation& evaluation);

}  // namespace cxrnet::pipeline
