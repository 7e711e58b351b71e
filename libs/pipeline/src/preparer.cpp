#include "cxrnet/pipeline/preparer.h"

#include <opencv2/imgproc.hpp>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/pipeline/annotated_mask.h"
#include "cxrnet/pipeline/golden_check.h"
#include "cxrnet/pipeline/input.h"
#include "cxrnet/pipeline/segmentation.h"

namespace cxrnet::pipeline {
namespace {

std::map<std::string, std::string> splits_of(const data::ManifestRow& row) {
  std::map<std::string, std::string> splits;
  std::vector<std::string> names;
  for (const auto& [name, value] : row.columns) names.push_back(name);
  for (const auto& name : data::split_columns(names))
    splits[name] = data::side_of(row.columns.at(name));
  return splits;
}

}  // namespace

Preparer::Preparer(const data::Manifest& manifest, const PreparationOptions& options,
                   nn::UNet segmenter)
    : manifest_(manifest), options_(options) {
  validate(options_);
  if (segmenter) {
    segmenter_ = checked_segmenter(std::move(segmenter), options_.preprocessing.size,
                                   engine::options_for(manifest.rows.size()));
  }
  if (options_.masks == MaskSource::predicted && options_.preprocessing.arm == nn::Arm::segmented &&
      !segmenter_) {
    throw Error(ErrorCode::invalid_option,
                "masks: expected a model with a segmenter to predict them, got none; "
                "give one with --segmenter, or use --masks annotated");
  }
}

data::Record Preparer::prepare(const data::ManifestRow& row) {
  const auto image = imaging::decode_image(read_file(data::resolve_path(manifest_, row.path)));
  const auto input = to_square(image, options_.preprocessing);
  const auto mask = square_mask(row, input.square, input.source.size());
  data::Record record{.id = row.image_id,
                      .label = row.label,
                      .group = data::group_of(row),
                      .source = row.source,
                      .splits = splits_of(row),
                      .image = encode(classifier_input(input.square, mask, options_.preprocessing)),
                      .mask = mask.empty() ? std::string() : imaging::encode_png_1bit(mask)};
  return record;
}

cv::Mat Preparer::square_mask(const data::ManifestRow& row, const cv::Mat& square,
                              cv::Size picture) {
  if (options_.masks == MaskSource::predicted)
    return segmenter_ ? segment_lungs(*segmenter_, square) : cv::Mat();
  const auto annotated = read_annotated_mask(manifest_, row, picture);
  if (annotated.empty()) {
    if (options_.preprocessing.arm == nn::Arm::original) return {};
    throw Error(ErrorCode::not_found,
                "lung mask: expected one for arm segmented, got none in this row; "
                "use --masks predicted, or leave the row out");
  }
  auto mask = imaging::resize_to_square(annotated, static_cast<int>(options_.preprocessing.size),
                                        options_.preprocessing.aspect);
  cv::threshold(mask, mask, 127, 255, cv::THRESH_BINARY);
  return mask;
}

std::string Preparer::encode(const cv::Mat& image) const {
  return options_.jpeg_quality == 0
             ? imaging::encode_png(image)
             : imaging::encode_jpeg(image, static_cast<int>(options_.jpeg_quality));
}

}  // namespace cxrnet::pipeline
