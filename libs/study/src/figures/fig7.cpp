// Annotated lungs over X-rays (paper, section IV-A, Fig. 7): what the segmenter learns from.
#include <map>
#include <opencv2/core.hpp>

#include "cxrnet/nn/labels.h"
#include "cxrnet/pipeline/segmentation.h"
#include "figures/items.h"
#include "run/workplace.h"
#include "stages/estimates.h"
#include "stages/lung_overlap.h"
#include "stages/map_pictures.h"
#include "stages/shards_stage.h"

namespace cxrnet::study {
namespace {

// Shares of the image that the annotated lungs take.
struct Annotated {
  std::vector<double> shares;
  std::vector<std::string> patients;
};

nlohmann::json describe_label(const std::string& label, const Annotated& lungs, int64_t test,
                              const Workplace& place) {
  return {{"label", label},
          {"train", lungs.shares.size()},
          {"test", test},
          {"lung_share",
           to_json(mean_estimate(lungs.shares, lungs.patients, place.options.bootstrap))}};
}

}  // namespace

// One image of each label; the paper shows one without and one with COVID-19.
nlohmann::json make_fig7(Workplace& place) {
  const auto dataset = place.shards(kLungShards);
  std::map<std::string, Annotated> of_label;
  std::map<std::string, nlohmann::json> examples;
  for (const auto index : dataset.select(place.options.split_column, "train")) {
    place.stop_here();
    const auto& record = dataset[index];
    const auto mask = mask_of(record);
    const double share = pipeline::lung_fraction(mask);
    auto& lungs = of_label[record.label];
    lungs.shares.push_back(share);
    lungs.patients.push_back(record.group);
    if (examples.count(record.label) != 0) continue;
    examples[record.label] = {{"image_id", record.id},
                              {"label", record.label},
                              {"lung_share", share},
                              {"picture", place.save_picture("fig7-" + record.label,
                                                             draw_region(image_of(record), mask))}};
  }
  std::map<std::string, int64_t> test;
  for (const auto index : dataset.select(place.options.split_column, "test"))
    ++test[dataset[index].label];
  nlohmann::json rows = nlohmann::json::array();
  nlohmann::json masks = nlohmann::json::array();
  for (const auto known : nn::kLabels) {
    const std::string label(known);
    if (examples.count(label) != 0) rows.push_back(examples[label]);
    masks.push_back(describe_label(label, of_label[label], test[label], place));
  }
  return {{"split", place.options.split_column},
          {"n", dataset.size()},
          {"rows", rows},
          {"masks", masks}};
}

}  // namespace cxrnet::study
