// The test images whose heat maps are compared, and how a method did on them.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cxrnet/explain/benchmark.h"
#include "cxrnet/explain/method.h"
#include "cxrnet/nn/forward.h"

namespace cxrnet::study {

class Workplace;
struct StudyOptions;

/// What the selecting model's own map is called beside the paper's representation.
inline constexpr const char* kSelectionName = "selection";
inline constexpr const char* kPaperModel = "paper";
inline constexpr const char* kSelectionModel = "selection";

struct ExplainedImages {
  std::vector<std::string> image_ids;
  std::vector<std::string> labels;
  explain::BenchmarkCases cases;  ///< target: the actual class
};

/// At most `per_class` test images of each class (0 = all) as `shards` holds them, the same ones in
/// every stage. Errors: empty_input with fewer than kMinTestImages on the test side.
ExplainedImages load_explained_images(const Workplace& place, int64_t per_class,
                                      const std::string& shards = "shards.segmented");

/// The first `count` of them, classes in turn.
std::vector<int64_t> take_in_turn(const ExplainedImages& images, std::size_t count);

/// `images` at `rows`.
ExplainedImages select(const ExplainedImages& images, const std::vector<int64_t>& rows);

/// Heat maps [N, 1, H, W] of the images by a method, dead where the model gives no numbers; stops
/// between batches when asked to.
at::Tensor heat_of(Workplace& place, nn::CxrNet& model, explain::Method method,
                   const ExplainedImages& images);

/// The study's model of that name (kPaperModel, kSelectionModel) with the best epoch's weights.
nn::CxrNet load_explained_model(const Workplace& place, const std::string& model);

/// A method of a model: which maps they are.
struct MapName {
  std::string model;
  std::string method;  ///< as reports call it: the selecting model's own map is kSelectionName
};
std::string measuring_stage(const MapName& name);  ///< "explain.paper.grad_cam"
std::string judging_stage(const MapName& name);    ///< "judge.paper.grad_cam"
explain::Method method_of(const MapName& name);

/// Every map that the options ask for.
std::vector<MapName> map_names(const StudyOptions& options);

/// Makes a method's maps and measures them by the explained model itself; both go to the stage's
/// folder. Result: {"n", "maps_per_second", "images_per_second"}.
nlohmann::json measure_maps(Workplace& place, const MapName& name);

/// Measures maps that are already there by the independent judge.
nlohmann::json judge_maps(Workplace& place, const MapName& name);

at::Tensor load_maps(const Workplace& place, const MapName& name);
/// Of a stage of measure_maps or judge_maps.
explain::MethodMeasures load_measures(const Workplace& place, const std::string& stage);

}  // namespace cxrnet::study
