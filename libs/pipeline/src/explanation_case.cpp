// From a manifest's row to what the classifier sees and where its lungs are.
#include <ATen/Functions.h>

#include <opencv2/imgproc.hpp>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/nn/unet.h"
#include "cxrnet/pipeline/annotated_mask.h"
#include "cxrnet/pipeline/explanation_benchmark.h"
#include "cxrnet/pipeline/explanation_evaluation.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "cxrnet/pipeline/input.h"
#include "cxrnet/pipeline/segmentation.h"

namespace cxrnet::pipeline {
namespace {

// The manifest's mask in the network's square; empty when the row names none.
cv::Mat annotated_square(const data::Manifest& manifest, const data::ManifestRow& row,
                         const cv::Size& source, const nn::Preprocessing& preprocessing) {
  const auto annotated = read_annotated_mask(manifest, row, source);
  if (annotated.empty()) return {};
  auto square = imaging::resize_to_square(annotated, static_cast<int>(preprocessing.size),
                                          preprocessing.aspect);
  cv::threshold(square, square, 127, 255, cv::THRESH_BINARY);
  return square;
}

}  // namespace

ExplanationCase read_explanation_case(const nn::ModelFile& model, const data::Manifest& manifest,
                                      const data::ManifestRow& row) {
  const auto& preprocessing = model.preprocessing;
  const auto image = imaging::decode_image(read_file(data::resolve_path(manifest, row.path)));
  const auto input = to_square(image, preprocessing);
  nn::UNet segmenter = model.segmenter;
  const cv::Mat predicted = segmenter ? segment_lungs(segmenter, input.square) : cv::Mat();
  const cv::Mat annotated = annotated_square(manifest, row, input.source.size(), preprocessing);
  const auto& lungs = annotated.empty() ? predicted : annotated;

  ExplanationCase result;
  result.image = to_tensor(classifier_input(input.square, predicted, preprocessing));
  result.lungs = lungs.empty() ? at::zeros_like(result.image) : to_tensor(lungs);
  if (!annotated.empty()) {
    result.mask = ExplanationCase::Mask::annotated;
  } else if (!predicted.empty()) {
    result.mask = ExplanationCase::Mask::predicted;
  }
  result.target = nn::label_index(row.label);
  result.group = data::group_of(row);
  return result;
}

}  // namespace cxrnet::pipeline
