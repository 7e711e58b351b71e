// What stages cost, for the plan's estimates; measured on two cores.
#pragma once

#include "cxrnet/nn/options.h"
#include "cxrnet/study/options.h"

namespace cxrnet::study {

/// Seconds to train a classifier on `images` images, validation and statistics included.
double training_seconds(const nn::CxrNetOptions& network, const train::TrainingOptions& training,
                        int64_t size, int64_t images);
double segmenter_seconds(const nn::UNetOptions& network, const train::TrainingOptions& training,
                         int64_t size, int64_t images);
/// Seconds to decode, segment and enhance `images` images.
double preparation_seconds(const StudyOptions& options, bool segmenting, int64_t images);
/// Seconds to judge the maps of `images` images.
double judging_seconds(const nn::CxrNetOptions& judge, int64_t size, int64_t images);
/// Seconds for the maps of `images` images and their measures by the model itself.
double explanation_seconds(const nn::CxrNetOptions& network, explain::Method method,
                           const StudyOptions& options, int64_t images);

}  // namespace cxrnet::study
