#include "cxrnet/pipeline/diagnosis.h"

namespace cxrnet::pipeline {

std::string_view flag_name(Flag flag) {
  switch (flag) {
    case Flag::low_resolution:
      return "low_resolution";
    case Flag::low_contrast:
      return "low_contrast";
    case Flag::unusual_aspect:
      return "unusual_aspect";
    case Flag::disputed_polarity:
      return "disputed_polarity";
    case Flag::unusual_lung_fraction:
      return "unusual_lung_fraction";
    case Flag::out_of_distribution:
      return "out_of_distribution";
    case Flag::low_confidence:
      return "low_confidence";
    case Flag::doubtful_view:
      return "doubtful_view";
    case Flag::doubtful_body_part:
      return "doubtful_body_part";
    case Flag::unusual_orientation:
      return "unusual_orientation";
    case Flag::for_processing:
      return "for_processing";
    case Flag::secondary_capture:
      return "secondary_capture";
  }
  return "unknown";
}

std::string_view flag_explanation(Flag flag) {
  switch (flag) {
    case Flag::low_resolution:
      return "The image has fewer pixels than the network looks at.";
    case Flag::low_contrast:
      return "The grey values lie close together; the exposure or the window may be wrong.";
    case Flag::unusual_aspect:
      return "One side is more than twice as long as the other: a part of an X-ray, or several.";
    case Flag::disputed_polarity:
      return "The file contradicts itself about which grey values are white; if the picture looks "
             "like a negative, do not rely on the answer.";
    case Flag::unusual_lung_fraction:
      return "The lungs take up an unusual share of the image: it may be cropped, turned, or not a "
             "frontal chest X-ray.";
    case Flag::out_of_distribution:
      return "The image is unlike those the model was trained on; do not rely on the answer.";
    case Flag::low_confidence:
      return "No class reaches a probability of one half.";
    case Flag::doubtful_view:
      return "The file does not clearly say that this is a frontal view; it may be oblique or "
             "lateral.";
    case Flag::doubtful_body_part:
      return "The file does not clearly say that this is a chest.";
    case Flag::unusual_orientation:
      return "The file says that the picture is mirrored or turned; it was read as it is stored.";
    case Flag::for_processing:
      return "The pixels are as the detector saw them, before the processing that makes them look "
             "as usual.";
    case Flag::secondary_capture:
      return "The picture is a capture or a copy of another one; writing may be burnt in.";
  }
  return "";
}

}  // namespace cxrnet::pipeline
