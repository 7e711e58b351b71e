// What a trained classifier must know of itself before it ships: its temperature, and what is
// normal to it. Both run on the device that the classifier is on.
#pragma once

#include <vector>

#include "cxrnet/data/shards.h"
#include "cxrnet/nn/model_file.h"

namespace cxrnet::train {

/// Bias-corrected temperature scaling on the validation part: never on images the weights were
/// fitted to. The offsets, which undo the class shares of balanced training, go into the bias of
/// the classifier's last layer: softmax(logits / temperature) of the changed classifier is
/// calibrated to the classes' shares among the validation part.
nn::Calibration calibrate(nn::CxrNet& classifier, const data::ShardDataset& dataset,
                          const std::vector<std::size_t>& validation);

/// Class means and variance from the training part; the distance threshold is the 99th percentile
/// of the validation part, the usual lung fraction lies between the 0.5th and 99.5th percentile of
/// the training part's masks.
nn::OutOfDistribution fit_out_of_distribution(nn::CxrNet& classifier,
                                              const data::ShardDataset& dataset,
                                              const std::vector<std::size_t>& training,
                                              const std::vector<std::size_t>& validation);

}  // namespace cxrnet::train
