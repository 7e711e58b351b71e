// A model's answers on labelled images, by the same path that diagnoses a user's file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cxrnet/data/manifest.h"
#include "cxrnet/metrics/classification.h"
#include "cxrnet/metrics/overlap.h"
#include "cxrnet/pipeline/diagnosis.h"
#include "cxrnet/pipeline/explanation_evaluation.h"

namespace cxrnet::pipeline {

class Diagnoser;

struct EvaluatedImage {
  std::string image_id;
  std::string source;
  metrics::Prediction prediction;
  std::optional<metrics::MaskOverlap>
      overlap;  ///< where the manifest has a lung mask and the model a segmenter
  std::vector<Flag> flags;
};

/// Diagnoses one row of a manifest and compares. Errors: those of reading, decoding and diagnosing;
/// invalid_shape when the row's lung mask does not have the image's size.
EvaluatedImage evaluate_image(Diagnoser& diagnoser, const data::Manifest& manifest,
                              const data::ManifestRow& row);

/// Accuracy within one source, since a classifier may cheat on it.
struct SourceFigures {
  std::string source;
  int64_t n = 0;
  metrics::Estimate accuracy;
};

struct Evaluation {
  metrics::ClassificationReport classification;
  metrics::SegmentationReport segmentation;
  std::vector<SourceFigures> sources;                               ///< sorted by name
  std::optional<ExplanationEvaluation> explanation = std::nullopt;  ///< when it was asked for
};

/// All figures of DESIGN's `evaluate` contract with 95 % intervals by patient. Errors: empty_input
/// without images.
Evaluation summarise(const std::vector<EvaluatedImage>& images,
                     const metrics::BootstrapOptions& bootstrap);

}  // namespace cxrnet::pipeline
