#include "cxrnet/train/model_assembly.h"

#include <map>

#include "cxrnet/core/error.h"
#include "cxrnet/train/calibration.h"

namespace cxrnet::train {
namespace {

nlohmann::json count_labels(const data::ShardDataset& dataset,
                            const std::vector<std::size_t>& indices) {
  std::map<std::string, int64_t> counts;
  for (const auto index : indices) ++counts[dataset[index].label];
  return counts;
}

nlohmann::json count_sources(const data::ShardDataset& dataset,
                             const std::vector<std::size_t>& indices) {
  std::map<std::string, int64_t> counts;
  for (const auto index : indices) ++counts[dataset[index].source];
  return counts;
}

}  // namespace

nlohmann::json describe_run(const data::ShardDataset& dataset, const Sides& sides,
                            const Progress& progress) {
  return {{"data", {{"fingerprint", dataset.fingerprint()}, {"prepared", dataset.provenance()}}},
          {"training_images", count_labels(dataset, sides.training)},
          {"training_sources", count_sources(dataset, sides.training)},
          {"validation_images", count_labels(dataset, sides.validation)},
          {"epochs", progress.epoch},
          {"steps", progress.step},
          {"best_epoch", progress.best_epoch},
          {"best_validation_score", progress.best_score}};
}

nn::ModelFile assemble_segmenter(nn::UNet segmenter, const data::ShardDataset& dataset) {
  nn::ModelFile model;
  segmenter->to(at::kCPU);
  model.segmenter = std::move(segmenter);
  model.preprocessing = dataset.preprocessing();
  return model;
}

nn::ModelFile assemble_autoencoder(nn::CxrNet network, const data::ShardDataset& dataset) {
  nn::ModelFile model;
  network->to(at::kCPU);
  model.classifier = std::move(network);
  model.preprocessing = dataset.preprocessing();
  model.card["limits"] =
      "An autoencoder, to start training from: its class probabilities mean nothing.";
  return model;
}

nn::ModelFile assemble_classifier(nn::CxrNet classifier, const nn::ModelFile& base,
                                  const data::ShardDataset& dataset, const Sides& sides) {
  if (dataset.preprocessing().arm == nn::Arm::segmented && !base.segmenter) {
    throw Error(ErrorCode::invalid_option,
                "segmenter: expected the model that segmented the images, got none; "
                "give it with --segmenter");
  }
  nn::ModelFile model;
  model.segmenter = base.segmenter;
  model.preprocessing = dataset.preprocessing();
  model.calibration = calibrate(classifier, dataset, sides.validation);
  model.ood = fit_out_of_distribution(classifier, dataset, sides.training, sides.validation);
  classifier->to(at::kCPU);
  model.classifier = std::move(classifier);
  return model;
}

}  // namespace cxrnet::train
