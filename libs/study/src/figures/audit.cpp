// Can the maps be trusted? Readout of the class from the mask alone, mean maps, sanity check by
// randomised weights, agreement between runs.
#include <ATen/Functions.h>

#include <limits>

#include "cxrnet/explain/agreement.h"
#include "cxrnet/explain/sanity_check.h"
#include "cxrnet/imaging/colour_map.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "figures/explanation_items.h"
#include "run/workplace.h"
#include "stages/estimates.h"
#include "stages/explained_images.h"
#include "stages/networks.h"
#include "stages/readout.h"
#include "stages/recipes.h"

namespace cxrnet::study {
namespace {

nlohmann::json to_json_number(const metrics::Figure& figure) {
  return figure.value ? nlohmann::json(*figure.value) : nlohmann::json();
}

nlohmann::json draw_mean_maps(Workplace& place, const ExplainedImages& images) {
  nlohmann::json maps = nlohmann::json::array();
  for (const MapName& name :
       {MapName{kSelectionModel, kSelectionName}, MapName{kPaperModel, "representation"}}) {
    auto model = load_explained_model(place, name.model);
    const auto heat = heat_of(place, model, method_of(name), images);
    for (const auto label : nn::kLabels) {
      const auto rows = images.cases.target.eq(nn::label_index(label)).nonzero().squeeze(1);
      if (rows.numel() == 0) continue;
      const auto mean = heat.index_select(0, rows).mean(0, /*keepdim=*/true);
      const auto picture = imaging::colour_heat(pipeline::to_image(mean));
      maps.push_back(
          {{"label", label},
           {"method", name.method},
           {"n", rows.numel()},
           {"mean_heat", mean.mean().item<double>()},
           {"picture",
            place.save_picture("audit-mean-" + name.method + "-" + std::string(label), picture)}});
    }
  }
  return maps;
}

nlohmann::json check_sanity(Workplace& place, const ExplainedImages& all) {
  const auto images =
      select(all, take_in_turn(all, static_cast<std::size_t>(place.options.sanity_images)));
  nlohmann::json curves = nlohmann::json::array();
  for (const MapName& name :
       {MapName{kPaperModel, "saliency"}, MapName{kPaperModel, "grad_cam"},
        MapName{kPaperModel, "representation"}, MapName{kSelectionModel, kSelectionName}}) {
    auto model = load_explained_model(place, name.model);
    const auto steps = explain::sanity_check(
        model,
        [&](nn::CxrNet& changed) { return heat_of(place, changed, method_of(name), images); },
        static_cast<int64_t>(place.seed_of("sanity")));
    nlohmann::json curve{{"method", name.method},
                         {"n", images.image_ids.size()},
                         {"n_dead", nlohmann::json::array()},
                         {"layers", nlohmann::json::array()},
                         {"ssim", nlohmann::json::array()},
                         {"rank_correlation", nlohmann::json::array()}};
    for (const auto& step : steps) {
      curve["layers"].push_back(step.layer);
      curve["n_dead"].push_back(step.n_dead);
      curve["ssim"].push_back(to_json_number(step.ssim));
      curve["rank_correlation"].push_back(to_json_number(step.rank_correlation));
    }
    curves.push_back(curve);
  }
  return curves;
}

nlohmann::json compare_runs(const std::string& method, const char* runs, const at::Tensor& first,
                            const at::Tensor& second, const ExplainedImages& images,
                            const Workplace& place) {
  std::vector<double> values;
  int64_t defined = 0;
  for (const auto& figure : explain::rank_correlation(first, second)) {
    values.push_back(figure.value.value_or(std::numeric_limits<double>::quiet_NaN()));
    defined += figure.value ? 1 : 0;
  }
  return {{"method", method},
          {"runs", runs},
          {"n", defined},  // a dead map ranks nothing, so that there is no agreement to measure
          {"n_dead", static_cast<int64_t>(values.size()) - defined},
          {"rank_correlation",
           to_json(mean_estimate(values, images.cases.groups, place.options.bootstrap))}};
}

// Two trainings of one network: do their maps of the same images agree?
nlohmann::json compare_trainings(Workplace& place, const ExplainedImages& images) {
  auto first = load_explained_model(place, kPaperModel);
  auto second = load_classifier(place, kRepeatedTraining,
                                network_options(place.options, place.options.main_encoder));
  nlohmann::json rows = nlohmann::json::array();
  for (const char* method : {"representation", "grad_cam", "saliency"}) {
    const MapName name{kPaperModel, method};
    rows.push_back(compare_runs(method, "two trainings",
                                heat_of(place, first, method_of(name), images),
                                heat_of(place, second, method_of(name), images), images, place));
  }
  return rows;
}

}  // namespace

nlohmann::json make_audit(Workplace& place) {
  const auto images = load_explained_images(place, place.options.explain_images);
  return {{"mask_readout", read_masks(place)},
          {"mean_maps", draw_mean_maps(place, images)},
          {"sanity", check_sanity(place, images)},
          {"agreement", compare_trainings(place, images)}};
}

}  // namespace cxrnet::study
