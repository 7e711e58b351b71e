// Images on which radiologists drew lesions, from lesions/lesions.csv beside the manifest or from
// the manifest's own column lesion_mask_path (phantoms).
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "stages/explained_images.h"

namespace cxrnet::study {

struct LesionImages {
  ExplainedImages images;        ///< as the classifier sees them, segmented
  std::vector<cv::Mat> squares;  ///< 8UC1, the X-ray itself in the network's square
  at::Tensor lesions;            ///< [N, 1, H, W] f32, 1 inside
};

/// The test side's images with lesions; none where the data have none. An image that is refused is
/// left out.
LesionImages load_lesion_images(Workplace& place);

}  // namespace cxrnet::study
