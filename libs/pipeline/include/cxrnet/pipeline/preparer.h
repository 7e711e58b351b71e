// Preparing a manifest's images for training: decode, resize, segment, mask, CLAHE, once, into
// shards.
#pragma once

#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>

#include "cxrnet/data/manifest.h"
#include "cxrnet/data/shards.h"
#include "cxrnet/engine/engine.h"
#include "cxrnet/nn/unet.h"
#include "cxrnet/pipeline/preparation.h"

namespace cxrnet::pipeline {

class Preparer {
 public:
  /// `segmenter` may be null when masks are annotated. Errors: invalid_option when it is needed and
  /// null.
  Preparer(const data::Manifest& manifest, const PreparationOptions& options, nn::UNet segmenter);

  /// One row's record. Errors: those of reading and decoding; no_lungs; for arm `segmented` with
  /// annotated masks also not_found when the row has none.
  data::Record prepare(const data::ManifestRow& row);

 private:
  cv::Mat square_mask(const data::ManifestRow& row, const cv::Mat& square, cv::Size picture);
  std::string encode(const cv::Mat& image) const;

  const data::Manifest& manifest_;
  PreparationOptions options_;
  std::optional<engine::SegmenterEngine> segmenter_;
};

}  // namespace cxrnet::pipeline
