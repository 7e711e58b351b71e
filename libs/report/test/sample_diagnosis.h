// A diagnosis made up by hand, for the reports' tests.
#pragma once

#include <opencv2/core.hpp>

#include "cxrnet/pipeline/diagnosis.h"
#include "cxrnet/report/report_context.h"

namespace cxrnet::report {

inline pipeline::Diagnosis sample_diagnosis(cv::Size size = {300, 260}) {
  pipeline::Diagnosis diagnosis;
  diagnosis.label = "covid19";
  diagnosis.probabilities = {0.0004, 0.0216, 0.0438, 0.9342};
  diagnosis.calibrated = true;
  diagnosis.image = cv::Mat(size, CV_8UC1);
  cv::randu(diagnosis.image, 0, 256);  // noise: the picture that compresses worst
  diagnosis.mask = cv::Mat::zeros(size, CV_8UC1);
  diagnosis.mask(cv::Rect(size.width / 4, size.height / 4, size.width / 2, size.height / 2)) = 255;
  diagnosis.lung_fraction = 0.25;
  diagnosis.enhanced = cv::Mat(224, 224, CV_8UC1, cv::Scalar(80));
  diagnosis.heat = cv::Mat(size, CV_8UC1);
  cv::randu(diagnosis.heat, 0, 256);
  return diagnosis;
}

inline ReportContext sample_context() {
  return {.model_name = "tiny", .model_sha256 = "abc123", .version = "0.1.0"};
}

}  // namespace cxrnet::report
