// What is said of an X-ray, and the pixels behind it.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cxrnet::pipeline {

/// Why an answer deserves doubt; the names are part of the JSON contract.
enum class Flag {
  low_resolution,  ///< the image is smaller than the network's input
  low_contrast,    ///< the grey values span little of their range
  unusual_aspect,  ///< one side is more than twice the other: a strip, not a film or detector
  unusual_lung_fraction,  ///< more or less lung than in nearly all training images: cropped,
                          ///< turned, or not a chest
  out_of_distribution,    ///< the features are unlike those of any training class
  low_confidence,         ///< the highest probability is below one half
  doubtful_view,          ///< DICOM: an oblique view, or contradictory about being frontal
  doubtful_body_part,     ///< DICOM: a part beside the chest, an unknown one, or contradictory
  unusual_orientation,    ///< DICOM: mirrored or turned; read as it is stored
  for_processing,         ///< DICOM: before the maker's processing
  secondary_capture,      ///< DICOM: a screen capture or another secondary picture
  disputed_polarity,      ///< DICOM: contradictory about which end is white
};
std::string_view flag_name(Flag flag);         ///< such as "out_of_distribution"
std::string_view flag_explanation(Flag flag);  ///< one sentence for a reader

struct Diagnosis {
  std::string label;                  ///< the most probable of nn::kLabels
  std::vector<double> probabilities;  ///< in the order of nn::kLabels, sum 1
  bool calibrated = false;            ///< whether a fitted temperature was applied
  std::vector<Flag> flags;
  double lung_fraction = 0.0;  ///< lung pixels / pixels; 0 without a segmenter
  double feature_distance =
      0.0;  ///< from the training images (see nn::OutOfDistribution); 0 where the model has none
  cv::Mat image;     ///< 8UC1, the input as seen, its own size
  cv::Mat mask;      ///< 8UC1 0 or 255, lungs, the input's size; empty without a segmenter
  cv::Mat enhanced;  ///< 8UC1, what the classifier saw, network size
  cv::Mat heat;      ///< 8UC1, representation image, the input's size
};

}  // namespace cxrnet::pipeline
