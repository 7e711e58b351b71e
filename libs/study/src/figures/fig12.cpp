// Heat maps of the same images by several methods (paper, Fig. 12).
#include <ATen/core/Tensor.h>

#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "figures/explanation_items.h"
#include "run/workplace.h"
#include "stages/explained_images.h"
#include "stages/map_pictures.h"

namespace cxrnet::study {
namespace {

constexpr std::size_t kExamples = 8;  // two of each class; the paper shows three in all

}  // namespace

nlohmann::json make_fig12(Workplace& place) {
  const std::vector<MapName> names{{kPaperModel, "saliency"},
                                   {kPaperModel, "grad_cam"},
                                   {kPaperModel, "representation"},
                                   {kSelectionModel, kSelectionName}};
  const auto all = load_explained_images(place, static_cast<int64_t>(kExamples));
  const auto images = select(all, take_in_turn(all, kExamples));
  nlohmann::json rows = nlohmann::json::array();
  for (std::size_t i = 0; i < images.image_ids.size(); ++i) {
    const auto number = std::to_string(i + 1);
    const auto input = images.cases.image.narrow(0, static_cast<int64_t>(i), 1);
    rows.push_back(
        {{"image_id", images.image_ids[i]},
         {"label", images.labels[i]},
         {"input", place.save_picture("fig12-" + number + "-input", pipeline::to_image(input))},
         {"maps", nlohmann::json::object()}});
  }
  nlohmann::json methods = nlohmann::json::array();
  for (const auto& name : names) {
    methods.push_back(name.method);
    auto model = load_explained_model(place, name.model);
    const auto heat = heat_of(place, model, method_of(name), images);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      const auto picture = draw_heat(pipeline::to_image(images.cases.image.narrow(0, row, 1)),
                                     heat.narrow(0, row, 1),
                                     pipeline::to_image(images.cases.lungs.narrow(0, row, 1)));
      rows[i]["maps"][name.method] =
          place.save_picture("fig12-" + std::to_string(i + 1) + "-" + name.method, picture);
    }
  }
  return {{"methods", methods}, {"rows", rows}};
}

}  // namespace cxrnet::study
