// Heat maps beside annotated lesions (paper, Fig. 14), and how well they point at them.
#include <ATen/Functions.h>

#include <algorithm>
#include <limits>

#include "cxrnet/explain/heat_map.h"
#include "cxrnet/explain/localisation.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "figures/explanation_items.h"
#include "run/workplace.h"
#include "stages/estimates.h"
#include "stages/lesions.h"
#include "stages/map_pictures.h"

namespace cxrnet::study {
namespace {

constexpr std::size_t kExamples = 6;  // the paper shows two

// The pointing game's tolerance: 15 pixels in images of about 500 (Zhang et al. 2018).
int64_t tolerance_px(const Workplace& place) {
  return std::max<int64_t>(1, place.options.preprocessing.size * 15 / 500);
}

int64_t count_defined(const std::vector<metrics::Figure>& figures) {
  return std::count_if(figures.begin(), figures.end(),
                       [](const auto& figure) { return figure.value.has_value(); });
}

nlohmann::json describe(const std::vector<LeftOut>& left_out) {
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& one : left_out) {
    rows.push_back({{"image_id", one.image_id}, {"reason", one.reason}, {"message", one.message}});
  }
  return rows;
}

// What stands in the place of a figure that no image can give.
nlohmann::json without_images(const LesionImages& all) {
  const auto refused = std::to_string(all.left_out.size());
  return {
      {"rows", nlohmann::json::array()},
      {"methods", nlohmann::json::array()},
      {"left_out", describe(all.left_out)},
      {"note", all.left_out.empty()
                   ? "the data hold no annotated lesions on the test side"
                   : "none of the " + refused +
                         " test images with annotated lesions could be used; left_out says why"}};
}

nlohmann::json mean_of(const std::vector<metrics::Figure>& figures, const LesionImages& all,
                       const Workplace& place) {
  std::vector<double> values;
  for (const auto& figure : figures)
    values.push_back(figure.value.value_or(std::numeric_limits<double>::quiet_NaN()));
  return to_json(mean_estimate(values, all.images.cases.groups, place.options.bootstrap));
}

nlohmann::json measure_pointing(const std::string& method, const at::Tensor& heat,
                                const LesionImages& all, const Workplace& place) {
  const auto& lungs = all.images.cases.lungs;
  const auto miss = explain::BlackMap::miss;
  const auto hits = explain::pointing_game(heat, all.lesions, tolerance_px(place));
  return {{"method", method},
          {"n", count_defined(hits)},  // images whose lesion mask is not empty
          {"n_dead", explain::is_dead(heat).sum().item<int64_t>()},
          {"pointing_game", mean_of(hits, all, place)},
          {"iou", mean_of(explain::iou_at_equal_area(heat, all.lesions), all, place)},
          {"inside_lesion", mean_of(explain::heat_inside(heat, all.lesions, miss), all, place)},
          {"inside_lung", mean_of(explain::heat_inside(heat, lungs, miss), all, place)}};
}

nlohmann::json start_rows(const LesionImages& all, const Workplace& place) {
  nlohmann::json rows = nlohmann::json::array();
  for (std::size_t i = 0; i < std::min(kExamples, all.squares.size()); ++i) {
    const auto lesion = pipeline::to_image(all.lesions.narrow(0, static_cast<int64_t>(i), 1));
    rows.push_back(
        {{"image_id", all.images.image_ids[i]},
         {"label", all.images.labels[i]},
         {"annotated", place.save_picture("fig14-" + std::to_string(i + 1) + "-annotated",
                                          draw_outlines(all.squares[i], {}, lesion))},
         {"maps", nlohmann::json::object()}});
  }
  return rows;
}

}  // namespace

nlohmann::json make_fig14(Workplace& place) {
  const auto all = load_lesion_images(place);
  if (all.squares.empty()) return without_images(all);
  auto rows = start_rows(all, place);
  nlohmann::json methods = nlohmann::json::array();
  for (const MapName& name :
       {MapName{kPaperModel, "representation"}, MapName{kSelectionModel, kSelectionName},
        MapName{kPaperModel, "grad_cam"}, MapName{kPaperModel, "saliency"},
        MapName{kPaperModel, "random"}, MapName{kPaperModel, "lung_mask"}}) {
    auto model = load_explained_model(place, name.model);
    const auto heat = heat_of(place, model, method_of(name), all.images);
    methods.push_back(measure_pointing(name.method, heat, all, place));
    if (name.method == "random" || name.method == "lung_mask") continue;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto picture =
          draw_heat(all.squares[i], heat.narrow(0, static_cast<int64_t>(i), 1), {});
      rows[i]["maps"][name.method] =
          place.save_picture("fig14-" + std::to_string(i + 1) + "-" + name.method, picture);
    }
  }
  return {{"rows", rows},
          {"methods", methods},
          {"left_out", describe(all.left_out)},
          {"tolerance_px", tolerance_px(place)},
          {"lesion_share", mean_of(explain::share_of_area(all.lesions), all, place)}};
}

}  // namespace cxrnet::study
