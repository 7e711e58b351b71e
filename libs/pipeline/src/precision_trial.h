// Which precision a trial speaks for.
#pragma once

#include <string>
#include <vector>

#include "cxrnet/engine/options.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/pipeline/diagnosis.h"

namespace cxrnet::pipeline {

/// How a precision did on a few images.
struct PrecisionTrial {
  engine::Precision precision = engine::Precision::f32;
  std::string obstacle = {};  ///< why it cannot be taken; empty: it can
  double seconds = 0.0;       ///< for an image
};

struct PrecisionChoice {
  engine::Precision precision = engine::Precision::f32;
  std::string reason;  ///< for the reader
};

/// Whether they give the labels of `exact` where these are clear (by 0.02), and its probabilities
/// within 0.01 in the mean. One for one, at least one.
bool answer_alike(const std::vector<Diagnosis>& answers, const std::vector<Diagnosis>& exact);

/// f32, then bf16 and int8 beside it, each as for `images` images, on rendered phantoms, which they
/// must answer alike. Errors: as Diagnoser.
std::vector<PrecisionTrial> try_precisions(const nn::ModelFile& model, std::size_t images);

/// The fastest of those that can be taken; an earlier one of `trials` stays unless a later one
/// saves a tenth of its time. The first is f32's and has no obstacle.
PrecisionChoice choose(const std::vector<PrecisionTrial>& trials);

}  // namespace cxrnet::pipeline
