// Overlap of a predicted with an actual mask: IoU, paper eq. (7), and Dice, eq. (2).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cxrnet/metrics/bootstrap.h"
#include "cxrnet/metrics/figure.h"

namespace cxrnet::metrics {

/// One image's overlap.
struct MaskOverlap {
  Figure iou;         ///< intersection over union, eq. (7)
  Figure dice;        ///< 2 TP / (2 TP + FP + FN), eq. (2)
  std::string group;  ///< the patient
};

/// Overlap of two masks of equal size; a non-zero pixel is inside. Both figures are undefined when
/// both masks are empty. Errors: invalid_shape when the sizes differ.
MaskOverlap mask_overlap(std::span<const uint8_t> predicted, std::span<const uint8_t> actual,
                         std::string group = {});

/// Means over images with intervals by patient.
struct SegmentationReport {
  int64_t n = 0;                ///< images whose overlap is defined: the means are over these
  int64_t without_overlap = 0;  ///< images whose overlap is undefined
  Estimate iou, dice;
};

/// Errors: invalid_option.
SegmentationReport evaluate_segmentation(const std::vector<MaskOverlap>& overlaps,
                                         const BootstrapOptions& options = {});

}  // namespace cxrnet::metrics
