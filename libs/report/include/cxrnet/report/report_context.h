// What a report says of the model and the run behind it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cxrnet/metrics/figure.h"
#include "cxrnet/nn/forward.h"
#include "cxrnet/nn/preprocessing.h"

namespace cxrnet::report {

/// All texts are shown to the reader as they are; HTML is escaped. Empty ones are left out.
struct ReportContext {
  std::string model_name;
  std::string model_sha256;
  std::string version;      ///< of the program
  std::string limits = {};  ///< known limits of the model, such as what it may confuse with disease
  std::string population = {};       ///< whose X-rays the model learnt from
  std::string architecture = {};     ///< of the encoder, such as "resnet50"
  nn::Arm arm = nn::Arm::segmented;  ///< what the classifier sees
  std::optional<metrics::Interval> usual_lung_fraction = std::nullopt;  ///< of the training images
  std::string date = {};     ///< when the run took place, such as "2024-05-31 14:07 UTC"
  std::string command = {};  ///< what was run
  std::vector<std::pair<std::string, std::string>> settings = {};  ///< further facts: name, value
};

/// Says in the page's facts that the run was cut off before that many inputs; nothing for none.
void note_unprocessed(ReportContext& context, std::size_t inputs);

/// The model's part of a context, its limits and population as nn::identity_of tells them.
ReportContext describe_run(const nn::ModelFile& model, std::string model_sha256,
                           std::string version);

}  // namespace cxrnet::report
