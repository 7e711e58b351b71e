#include "stages/readout.h"

#include <ATen/core/grad_mode.h>

#include <functional>
#include <opencv2/imgproc.hpp>

#include "cxrnet/data/loader.h"
#include "cxrnet/explain/representation.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "run/workplace.h"
#include "stages/explained_images.h"
#include "stages/lung_overlap.h"
#include "stages/networks.h"
#include "stages/shards_stage.h"

namespace cxrnet::study {
namespace {

constexpr int kSide = 64;  // pixels: far finer than the cells of a selection
constexpr double kWidth = 0.125;

nn::Preprocessing mask_preprocessing() {
  nn::Preprocessing preprocessing;
  preprocessing.size = kSide;
  preprocessing.arm = nn::Arm::original;
  preprocessing.clahe = false;
  return preprocessing;
}

// Shards like shards.segmented whose images are `mask_of(index)`, 8UC1 of any size.
nlohmann::json write_masks(Workplace& place, const char* stage,
                           const std::function<cv::Mat(const data::Record&)>& mask_of_record) {
  const auto dataset = place.shards(kSegmentedShards);
  const auto folder = place.stage_folder(stage) / "data";
  std::filesystem::remove_all(folder);
  data::ShardWriter writer(folder, {{"preprocessing", options_to_json(mask_preprocessing())},
                                    {"provenance", {{"program", "cxrnet reproduce"}}}});
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    place.stop_here();
    auto record = dataset[i];
    cv::Mat small;
    cv::resize(mask_of_record(record), small, {kSide, kSide}, 0, 0, cv::INTER_AREA);
    record.image = imaging::encode_png(small);
    record.mask.clear();
    writer.add(std::move(record));
    place.observer.on_work(static_cast<int64_t>(i + 1), static_cast<int64_t>(dataset.size()));
  }
  writer.finish();
  return {{"images", dataset.size()}};
}

}  // namespace

nlohmann::json prepare_selection_masks(Workplace& place) {
  auto model = load_explained_model(place, kSelectionModel);
  return write_masks(place, kSelectionMasks, [&](const data::Record& record) {
    const auto image = pipeline::to_tensor(image_of(record));
    return pipeline::to_image(explain::explain_by_representation(model, image).heat);
  });
}

nlohmann::json prepare_lung_masks(Workplace& place) {
  return write_masks(place, kLungMasks, mask_of);
}

ClassifierRecipe readout_recipe(const StudyOptions& options, const char* shards) {
  ClassifierRecipe recipe{
      .shards = shards,
      .split_column = options.split_column,
      .network = {},
      .training = train::preset_options(train::Preset::best, train::Network::classifier)};
  recipe.network.encoder.architecture = nn::Architecture::resnet34;
  recipe.network.encoder.width = kWidth;
  recipe.network.representation = nn::Representation::none;
  recipe.training.epochs = options.training.epochs;
  recipe.training.validation_fraction = options.training.validation_fraction;
  recipe.training.average_decay = options.training.average_decay;
  recipe.training.precision = options.training.precision;
  recipe.training.augment = false;
  return recipe;
}

}  // namespace cxrnet::study
