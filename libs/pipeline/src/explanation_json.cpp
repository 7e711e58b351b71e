#include <nlohmann/json.hpp>

#include "cxrnet/pipeline/explanation_evaluation.h"

namespace cxrnet::pipeline {
namespace {

using nlohmann::json;

// Sets a figure; its interval or the reason why it is undefined go to the same path under
// `intervals` or `undefined`.
void set_figure(json& document, const json::json_pointer& path, const metrics::Estimate& estimate) {
  document[path] = estimate.value ? json(*estimate.value) : json();
  if (estimate.interval) {
    document["intervals"][path] = {estimate.interval->low, estimate.interval->high};
  }
  if (!estimate.value) document["undefined"][path] = estimate.undefined;
}

void set_blocks(json& document, const json::json_pointer& path,
                const std::vector<explain::BlockSummary>& blocks, bool with_full_removal) {
  for (const auto& block : blocks) {
    const auto at = path / "blocks" / explain::name_of(block.setting);
    set_figure(document, at / "deletion", block.deletion);
    if (with_full_removal) set_figure(document, at / "p_full_removal", block.p_full_removal);
  }
}

void set_difference(json& document, const json::json_pointer& path,
                    const explain::MethodDifference& difference) {
  set_figure(document, path / "aoppc_threshold", difference.aoppc_threshold);
  set_figure(document, path / "aoppc_rank", difference.aoppc_rank);
  set_figure(document, path / "aoppc_block", difference.aoppc_block);
  set_figure(document, path / "insertion", difference.insertion);
  set_figure(document, path / "deletion", difference.deletion);
  set_figure(document, path / "inside_lung", difference.inside_lung);
  set_blocks(document, path, difference.blocks, /*with_full_removal=*/false);
}

json describe_blocks(const explain::BenchmarkOptions& options) {
  json blocks = json::array();
  for (const auto& setting : explain::block_settings(options)) {
    blocks.push_back({{"name", explain::name_of(setting)},
                      {"fill", to_string(setting.fill)},
                      {"grid", setting.grid}});
  }
  return blocks;
}

json describe_layer_cam(const ExplanationEvaluation& evaluation) {
  json object{{"level", evaluation.layer_cam_level}, {"chosen_on", nullptr}};
  if (!evaluation.layer_cam) return object;
  object["chosen_on"] = {{"side", evaluation.layer_cam->side}, {"n", evaluation.layer_cam->n}};
  for (const auto& figure : evaluation.layer_cam->deletion)
    object["deletion_by_level"].push_back(figure.value ? json(*figure.value) : json());
  return object;
}

void set_method(json& document, const MethodEvaluation& evaluation) {
  const std::string name(to_string(evaluation.method));
  if (!evaluation.not_applicable.empty()) {
    document["explanation"][name] = nullptr;
    document["undefined"]["explanation"][name] = evaluation.not_applicable;
    return;
  }
  const auto& summary = evaluation.summary;
  const std::pair<const char*, const metrics::Estimate*> figures[] = {
      {"aoppc_threshold", &summary.aoppc_threshold},
      {"aoppc_rank", &summary.aoppc_rank},
      {"aoppc_block", &summary.aoppc_block},
      {"aoppc_block_normalised", &summary.aoppc_block_normalised},
      {"insertion", &summary.insertion},
      {"deletion", &summary.deletion},
      {"p_whole", &summary.p_whole},
      {"p_full_removal", &summary.p_full_removal},
      {"p_black", &summary.p_black},
      {"inside_lung", &summary.inside_lung}};
  const auto path = json::json_pointer("/explanation") / name;
  for (const auto& [figure, estimate] : figures) set_figure(document, path / figure, *estimate);
  set_blocks(document, path, summary.blocks, /*with_full_removal=*/true);
  if (evaluation.difference) set_difference(document, path / "difference", *evaluation.difference);
  auto& method = document["explanation"][name];
  method["n"] = summary.n;
  method["n_dead"] = summary.n_dead;
  method["ppc_threshold"] = summary.ppc_threshold;
  method["ppc_rank"] = summary.ppc_rank;
  method["ppc_block"] = summary.ppc_block;
  method["insertion_curve"] = summary.insertion_curve;
  method["images_per_second"] = summary.images_per_second;
  method["explained_per_second"] = evaluation.explained_per_second;
}

}  // namespace

json to_json(const ExplanationEvaluation& evaluation) {
  json document = {{"explanation", json::object()},
                   {"intervals", {{"explanation", json::object()}}},
                   {"undefined", {{"explanation", json::object()}}}};
  for (const auto& method : evaluation.methods) set_method(document, method);
  document["explanation_setup"] = {
      {"n", evaluation.n},
      {"patients", evaluation.patients},
      {"class", evaluation.label.empty() ? "each image's true label" : evaluation.label},
      {"judge", evaluation.judge},
      {"lung_masks",
       {{"annotated", evaluation.annotated_masks}, {"predicted", evaluation.predicted_masks}}},
      {"blocks", describe_blocks(evaluation.benchmark)},
      {"layer_cam", describe_layer_cam(evaluation)},
      {"options", options_to_json(evaluation.benchmark)}};
  const auto measured = evaluation.measured();
  document["explanation_setup"]["difference_of"] =
      measured.empty() ? json() : json(to_string(measured.front()->method));
  document["explanation_warnings"] = evaluation.warnings;
  return document;
}

}  // namespace cxrnet::pipeline
