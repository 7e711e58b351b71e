// Images on which radiologists drew lesions, from lesions/lesions.csv beside the manifest or from
// the manifest's own column lesion_mask_path (phantoms).
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "stages/explained_images.h"

namespace cxrnet::study {

/// An image that could not be used, and why.
struct LeftOut {
  std::string image_id;
  std::string reason;   ///< the error's code
  std::string message;  ///< without paths
};

struct LesionImages {
  ExplainedImages images;        ///< as the classifier sees them, segmented
  std::vector<cv::Mat> squares;  ///< 8UC1, the X-ray itself in the network's square
  at::Tensor lesions;            ///< [N, 1, H, W] f32, 1 inside
  std::vector<LeftOut> left_out;
};

/// The test side's images with lesions; none where the data have none. An image that is refused,
/// such as one without lungs, is left out and named; every error that concerns more than the image
/// (concern_of) ends the stage. Errors: those; interrupted.
LesionImages load_lesion_images(Workplace& place);

}  // namespace cxrnet::study
