// Lung segmentation (paper, Fig. 8): IoU on the test side, and examples.
#include <algorithm>

#include "cxrnet/nn/labels.h"
#include "cxrnet/nn/unet.h"
#include "cxrnet/pipeline/segmentation.h"
#include "figures/items.h"
#include "run/workplace.h"
#include "stages/lung_overlap.h"
#include "stages/map_pictures.h"
#include "stages/networks.h"
#include "stages/shards_stage.h"

namespace cxrnet::study {
namespace {

constexpr std::size_t kExamples = 6;  // as in the paper

// The labels in turn, so that every class is shown.
std::vector<std::size_t> choose_examples(const data::ShardDataset& dataset,
                                         const std::vector<std::size_t>& test) {
  std::vector<std::vector<std::size_t>> by_label(nn::kLabels.size());
  for (const auto index : test)
    by_label[static_cast<std::size_t>(nn::label_index(dataset[index].label))].push_back(index);
  std::vector<std::size_t> chosen;
  for (std::size_t round = 0; chosen.size() < std::min(kExamples, test.size()); ++round) {
    for (const auto& indices : by_label) {
      if (round < indices.size() && chosen.size() < kExamples) chosen.push_back(indices[round]);
    }
  }
  return chosen;
}

}  // namespace

nlohmann::json make_fig8(Workplace& place) {
  const auto training = place.result(kSegmenter);
  const auto overlap_on_test = overlap_of(place, kSegmenter);
  const auto dataset = place.shards(kLungShards);
  auto segmenter = load_segmenter(place);
  nlohmann::json examples = nlohmann::json::array();
  for (const auto index :
       choose_examples(dataset, dataset.select(place.options.split_column, "test"))) {
    const auto& record = dataset[index];
    const auto image = image_of(record);
    const auto predicted = pipeline::segment_lungs(segmenter, image);
    const auto overlap = overlaps_of(segmenter, dataset, {index}).front();
    const auto name = "fig8-" + std::to_string(examples.size() + 1);
    examples.push_back(
        {{"image_id", record.id},
         {"label", record.label},
         {"picture", place.save_picture(name, draw_outlines(image, predicted, mask_of(record)))},
         {"iou", overlap.iou.value ? nlohmann::json(*overlap.iou.value) : nlohmann::json()}});
  }
  return {{"iou", overlap_on_test.at("iou")},
          {"dice", overlap_on_test.at("dice")},
          {"n", overlap_on_test.at("n")},
          {"split", place.options.split_column},
          {"parameters", training.at("parameters")},
          {"train_seconds", training.at("train_seconds")},
          {"outlines", "predicted: cyan; annotated: orange"},
          {"examples", examples}};
}

}  // namespace cxrnet::study
