// What a diagnosis rests on, by any method of the layer explain, at the size of the X-ray.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "cxrnet/explain/method.h"
#include "cxrnet/metrics/figure.h"
#include "cxrnet/nn/forward.h"
#include "cxrnet/pipeline/diagnosis.h"

namespace cxrnet::pipeline {

class Diagnoser;

struct MethodHeat {
  explain::Method method;
  cv::Mat heat;                 ///< CV_32FC1 in [0, 1], the input's size
  metrics::Figure inside_lung;  ///< share of the heat in the lungs; undefined without lungs or heat
};

/// Whether the model has what the method needs: a decoder for `representation`, a segmenter for
/// `lung_mask`.
bool applies(explain::Method method, const nn::ModelFile& model);

/// Heat of class `target` (a position in nn::kLabels) by each method, in their order. `diagnosis`:
/// what `diagnoser` said of the image; its heat is not used. The representation comes from the
/// diagnoser's engine, the other methods ask libtorch for gradients and many passes.
/// Errors: as explain::explain; invalid_option for a method that does not apply.
std::vector<MethodHeat> explain_diagnosis(Diagnoser& diagnoser, const Diagnosis& diagnosis,
                                          int64_t target,
                                          const std::vector<explain::Method>& methods,
                                          const explain::MethodOptions& options);

}  // namespace cxrnet::pipeline
