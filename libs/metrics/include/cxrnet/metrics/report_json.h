// Evaluation reports in the form of the `evaluate` contract:
//
//   n, accuracy, per_class.<label>.{precision,recall,f1,support,auroc},
//   confusion_matrix.{labels,counts}, calibration.{ece,brier},
//   segmentation.{iou,dice,n,without_overlap},
//   bootstrap.{resamples,confidence,seed,groups},
//   intervals.<path of the figure>: [low, high], undefined.<path of the figure>: reason
//
// A figure that is undefined is null and has its reason under `undefined`.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cxrnet/metrics/classification.h"
#include "cxrnet/metrics/overlap.h"

namespace cxrnet::metrics {

nlohmann::json to_json(const ClassificationReport& report);
nlohmann::json to_json(const ClassificationReport& report, const SegmentationReport& segmentation);

/// `segmentation`, `intervals` and `undefined` alone.
nlohmann::json to_json(const SegmentationReport& segmentation);

}  // namespace cxrnet::metrics
