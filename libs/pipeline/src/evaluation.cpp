#include "cxrnet/pipeline/evaluation.h"

#include <map>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/pipeline/annotated_mask.h"
#include "cxrnet/pipeline/diagnoser.h"

namespace cxrnet::pipeline {
namespace {

std::span<const uint8_t> pixels_of(const cv::Mat& mask) { return {mask.data, mask.total()}; }

std::vector<std::string> labels() { return {nn::kLabels.begin(), nn::kLabels.end()}; }

std::optional<metrics::MaskOverlap> compare_masks(const cv::Mat& predicted,
                                                  const cv::Mat& annotated,
                                                  const std::string& group) {
  if (predicted.empty() || annotated.empty()) return std::nullopt;
  return metrics::mask_overlap(pixels_of(predicted), pixels_of(annotated), group);
}

std::vector<SourceFigures> by_source(const std::vector<EvaluatedImage>& images,
                                     const metrics::BootstrapOptions& bootstrap) {
  std::map<std::string, std::vector<metrics::Prediction>> parts;
  for (const auto& image : images) parts[image.source].push_back(image.prediction);
  std::vector<SourceFigures> figures;
  for (const auto& [source, predictions] : parts) {
    const auto report = metrics::evaluate_classification(predictions, labels(), bootstrap);
    figures.push_back({.source = source, .n = report.n, .accuracy = report.accuracy});
  }
  return figures;
}

}  // namespace

EvaluatedImage evaluate_image(Diagnoser& diagnoser, const data::Manifest& manifest,
                              const data::ManifestRow& row) {
  const auto image = imaging::decode_image(read_file(data::resolve_path(manifest, row.path)));
  const auto diagnosis = diagnoser.diagnose(image, /*explain=*/false);
  const auto& group = data::group_of(row);
  const auto annotated = diagnosis.mask.empty()
                             ? cv::Mat()
                             : read_annotated_mask(manifest, row, diagnosis.mask.size());
  return {.image_id = row.image_id,
          .source = row.source,
          .prediction = {.probabilities = diagnosis.probabilities,
                         .actual = static_cast<int>(nn::label_index(row.label)),
                         .group = group},
          .overlap = compare_masks(diagnosis.mask, annotated, group),
          .flags = diagnosis.flags};
}

Evaluation summarise(const std::vector<EvaluatedImage>& images,
                     const metrics::BootstrapOptions& bootstrap) {
  if (images.empty()) {
    throw Error(ErrorCode::empty_input,
                "evaluation: expected at least one image, got none; check --split");
  }
  std::vector<metrics::Prediction> predictions;
  std::vector<metrics::MaskOverlap> overlaps;
  for (const auto& image : images) {
    predictions.push_back(image.prediction);
    if (image.overlap) overlaps.push_back(*image.overlap);
  }
  return {.classification = metrics::evaluate_classification(predictions, labels(), bootstrap),
          .segmentation = metrics::evaluate_segmentation(overlaps, bootstrap),
          .sources = by_source(images, bootstrap)};
}

}  // namespace cxrnet::pipeline
