// How a stage really trains, in the words of `cxrnet train`, for whoever reads the plan.
#include "cxrnet/core/options.h"
#include "cxrnet/study/plan.h"
#include "stages/recipes.h"

namespace cxrnet::study {
namespace {

using nlohmann::json;

constexpr std::string_view kAugment = "augment";

bool is_augmentation(const std::string& name) {
  return name.size() > kAugment.size() && name.rfind(kAugment, 0) == 0;
}

// Options that change nothing of a result, or nothing without another one, are left out: what
// stays is what happens.
json effective(json options) {
  for (const char* harmless : {"stop-after", "workers", "device", "cuda-graphs", "channels-last"})
    options.erase(harmless);
  const bool augments = options.value(std::string(kAugment), false);
  const auto off = options_to_json(no_augmentation());
  const json all = options;
  for (const auto& [name, value] : all.items()) {
    const bool is_off = off.contains(name) && off.at(name) == value;
    if (is_augmentation(name) && (!augments || is_off)) options.erase(name);
  }
  if (options.value("augment-erase", 0.0) == 0.0) {
    for (const char* of_erasing : {"augment-erase-count", "augment-erase-area"})
      options.erase(of_erasing);
  }
  if (options.value("augment-removal", 0.0) == 0.0) options.erase("augment-removal-everything");
  return options;
}

// What `options` say and `usual` do not. What only `usual` says is off.
json differences(const json& options, const json& usual) {
  json changed = json::object();
  for (const auto& [name, value] : options.items()) {
    if (!usual.contains(name) || usual.at(name) != value) changed[name] = value;
  }
  const bool augments = options.value(std::string(kAugment), false);
  for (const auto& [name, value] : usual.items()) {
    if (is_augmentation(name) && !augments) continue;
    if (!options.contains(name)) changed[name] = value.is_number() ? json(0) : json("off");
  }
  return changed;
}

// The network as the study's options give it to every encoder of the paper's form.
json usual_network(const Stage& stage, const StudyOptions& options) {
  const auto& network = stage.inputs.at("network");
  if (!network.contains("architecture")) return options_to_json(options.unet);
  return options_to_json(network_options(
      options,
      parse_enum<nn::Architecture>(network.at("architecture").get<std::string>(), "architecture")));
}

json paper_training(train::Network network) {
  return effective(options_to_json(train::preset_options(train::Preset::paper, network)));
}

json study_training(const StudyOptions& options, train::Network network) {
  return effective(options_to_json(
      network == train::Network::segmenter ? segmenter_training(options) : options.training));
}

}  // namespace

json describe_common_training(const StudyOptions& options) {
  json common = json::object();
  for (const auto network : {train::Network::segmenter, train::Network::classifier}) {
    common[std::string(to_string(network))] =
        differences(study_training(options, network), paper_training(network));
  }
  return common;
}

json describe_training(const Stage& stage, const StudyOptions& options) {
  if (!stage.inputs.contains("training")) return nullptr;
  const auto network = stage.inputs.at("network").contains("architecture")
                           ? train::Network::classifier
                           : train::Network::segmenter;
  const auto training = effective(stage.inputs.at("training"));
  auto unlike = differences(training, study_training(options, network));
  unlike.update(differences(stage.inputs.at("network"), usual_network(stage, options)));
  if (stage.inputs.at("split_column") != options.split_column)
    unlike["split-column"] = stage.inputs.at("split_column");
  return {{"options", training},
          {"network", stage.inputs.at("network")},
          {"split_column", stage.inputs.at("split_column")},
          {"differs_from_paper", differences(training, paper_training(network))},
          {"differs_from_study", unlike}};
}

}  // namespace cxrnet::study
