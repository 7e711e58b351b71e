// Stages that make heat maps and measure them: by the explained model, and by the judge.
#include <ATen/Functions.h>

#include <chrono>

#include "cxrnet/core/error.h"
#include "cxrnet/core/safetensors.h"
#include "cxrnet/explain/judge.h"
#include "cxrnet/nn/cxr_net.h"
#include "figures/items.h"
#include "run/workplace.h"
#include "stages/explained_images.h"
#include "stages/networks.h"
#include "stages/recipes.h"

namespace cxrnet::study {
namespace {

constexpr const char* kMeasuresFile = "measures.safetensors";
constexpr const char* kHeat = "heat";

// Every tensor of the measures under its name.
template <class Measures, class Visitor>
void visit_tensors(Measures& measures, Visitor&& visit) {
  visit("aoppc_threshold", measures.aoppc_threshold);
  visit("aoppc_rank", measures.aoppc_rank);
  visit("aoppc_block", measures.aoppc_block);
  visit("insertion", measures.insertion);
  visit("deletion", measures.deletion);
  visit("p_whole", measures.p_whole);
  visit("p_full_removal", measures.p_full_removal);
  visit("p_black", measures.p_black);
  visit("inside_lung", measures.inside_lung);
  visit("dead", measures.dead);
  visit("ppc_threshold", measures.ppc_threshold);
  visit("ppc_rank", measures.ppc_rank);
  visit("ppc_block", measures.ppc_block);
  visit("insertion_curve", measures.insertion_curve);
}

explain::BenchmarkCases narrow(const explain::BenchmarkCases& cases, int64_t first, int64_t size) {
  return {.image = cases.image.narrow(0, first, size),
          .target = cases.target.narrow(0, first, size),
          .lungs = cases.lungs.narrow(0, first, size),
          .groups = {cases.groups.begin() + first, cases.groups.begin() + first + size}};
}

// explain::measure with a look at the stop sign between parts.
explain::MethodMeasures measure_in_parts(Workplace& place, const explain::Classifier& judge,
                                         const at::Tensor& heat,
                                         const explain::BenchmarkCases& cases) {
  constexpr int64_t kImages = 32;
  std::vector<explain::MethodMeasures> parts;
  explain::MethodMeasures whole;
  double seconds = 0.0;
  for (int64_t first = 0; first < heat.size(0); first += kImages) {
    place.stop_here();
    const int64_t size = std::min(kImages, heat.size(0) - first);
    parts.push_back(
        explain::measure(judge, heat.narrow(0, first, size), narrow(cases, first, size)));
    whole.judged += parts.back().judged;
    seconds += static_cast<double>(parts.back().judged) / parts.back().images_per_second;
    place.observer.on_work(first + size, heat.size(0));
  }
  std::map<std::string, std::vector<at::Tensor>> tensors;
  for (const auto& part : parts)
    visit_tensors(
        part, [&](const char* name, const at::Tensor& tensor) { tensors[name].push_back(tensor); });
  visit_tensors(whole,
                [&](const char* name, at::Tensor& tensor) { tensor = at::cat(tensors.at(name)); });
  whole.images_per_second = static_cast<double>(whole.judged) / seconds;
  return whole;
}

void save_measures(const std::filesystem::path& folder, const explain::MethodMeasures& measures,
                   const at::Tensor& heat) {
  Safetensors contents;
  visit_tensors(measures, [&](const char* name, const at::Tensor& tensor) {
    contents.tensors[name] = tensor;
  });
  if (heat.defined()) contents.tensors[kHeat] = heat;
  write_safetensors(folder / kMeasuresFile, contents);
}

nlohmann::json describe(const explain::MethodMeasures& measures) {
  return {{"n", measures.aoppc_block.size(0)},
          {"images_judged", measures.judged},
          {"images_per_second", measures.images_per_second}};
}

}  // namespace

std::string measuring_stage(const MapName& name) {
  return "explain." + name.model + "." + name.method;
}

std::string judging_stage(const MapName& name) { return "judge." + name.model + "." + name.method; }

explain::Method method_of(const MapName& name) {
  return name.method == kSelectionName ? explain::Method::representation
                                       : parse_enum<explain::Method>(name.method, "method");
}

std::vector<MapName> map_names(const StudyOptions& options) {
  std::vector<MapName> names;
  for (const auto& method : options.methods) names.push_back({kPaperModel, method});
  for (const auto& method : options.selection_methods)
    names.push_back({kSelectionModel, method == "representation" ? kSelectionName : method});
  return names;
}

nn::CxrNet load_explained_model(const Workplace& place, const std::string& model) {
  const auto encoder = place.options.main_encoder;
  if (model == kSelectionModel)
    return load_classifier(place, kSelectionTraining, selection_network(place.options));
  return load_classifier(place, training_stage("segmented", std::string(to_string(encoder))),
                         network_options(place.options, encoder));
}

nlohmann::json measure_maps(Workplace& place, const MapName& name) {
  const auto images = load_explained_images(place, place.options.explain_images);
  auto model = load_explained_model(place, name.model);
  const auto start = std::chrono::steady_clock::now();
  const auto heat = heat_of(place, model, method_of(name), images);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const auto measures = measure_in_parts(place, explain::as_classifier(model), heat, images.cases);
  save_measures(place.stage_folder(measuring_stage(name)), measures, heat);
  auto result = describe(measures);
  result["maps_per_second"] = static_cast<double>(heat.size(0)) / seconds.count();
  return result;
}

nlohmann::json judge_maps(Workplace& place, const MapName& name) {
  const auto images = load_explained_images(place, place.options.explain_images);
  const auto judge = load_classifier(place, kJudgeTraining, judge_network(place.options));
  const auto measures =
      measure_in_parts(place, explain::as_classifier(judge), load_maps(place, name), images.cases);
  save_measures(place.stage_folder(judging_stage(name)), measures, {});
  return describe(measures);
}

at::Tensor load_maps(const Workplace& place, const MapName& name) {
  return read_safetensors(place.stage_folder(measuring_stage(name)) / kMeasuresFile)
      .tensors.at(kHeat);
}

explain::MethodMeasures load_measures(const Workplace& place, const std::string& stage) {
  const auto contents = read_safetensors(place.stage_folder(stage) / kMeasuresFile);
  explain::MethodMeasures measures;
  visit_tensors(measures,
                [&](const char* name, at::Tensor& tensor) { tensor = contents.tensors.at(name); });
  const auto result = place.result(stage);
  measures.judged = result.at("images_judged");
  measures.images_per_second = result.at("images_per_second");
  return measures;
}

}  // namespace cxrnet::study
