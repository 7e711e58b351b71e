// From a finished run to a model file, whose networks are on the CPU.
#pragma once

#include <nlohmann/json.hpp>

#include "cxrnet/nn/model_file.h"
#include "cxrnet/train/trainer.h"

namespace cxrnet::train {

/// Facts of a run for a model's provenance: data (fingerprint, counts, how they were prepared),
/// sides, epochs, the best validation score.
nlohmann::json describe_run(const data::ShardDataset& dataset, const Sides& sides,
                            const Progress& progress);

/// A segmenter with its preprocessing.
nn::ModelFile assemble_segmenter(nn::UNet segmenter, const data::ShardDataset& dataset);

/// An autoencoder with its preprocessing, as a classifier that must still be trained; its card says
/// so.
nn::ModelFile assemble_autoencoder(nn::CxrNet network, const data::ShardDataset& dataset);

/// A classifier with the segmenter of `base` (may be empty for arm `original`), calibrated on the
/// validation part and with what is normal to it. Errors: invalid_option when the arm is
/// `segmented` and `base` has no segmenter.
nn::ModelFile assemble_classifier(nn::CxrNet classifier, const nn::ModelFile& base,
                                  const data::ShardDataset& dataset, const Sides& sides);

}  // namespace cxrnet::train
