#include "cxrnet/metrics/overlap.h"

#include <utility>

#include "cxrnet/core/error.h"

namespace cxrnet::metrics {
namespace {

// Mean over the images whose figure is defined, image i counted weights[i] times.
Figure weighted_mean(const std::vector<double>& values, std::span<const int32_t> weights) {
  double sum = 0.0, total = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += weights[i] * values[i];
    total += weights[i];
  }
  return ratio(sum, total, "no image with a lung mask on either side");
}

}  // namespace

MaskOverlap mask_overlap(std::span<const uint8_t> predicted, std::span<const uint8_t> actual,
                         std::string group) {
  if (predicted.size() != actual.size()) {
    throw Error(ErrorCode::invalid_shape, "mask: expected " + std::to_string(actual.size()) +
                                              " pixels, got " + std::to_string(predicted.size()) +
                                              "; resize one to the other's size");
  }
  int64_t both = 0, either = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    both += predicted[i] != 0 && actual[i] != 0;
    either += predicted[i] != 0 || actual[i] != 0;
  }
  constexpr const char* kEmpty = "both masks are empty";
  const auto intersection = static_cast<double>(both);
  const auto sum_of_areas = static_cast<double>(both + either);
  return {.iou = ratio(intersection, static_cast<double>(either), kEmpty),
          .dice = ratio(2.0 * intersection, sum_of_areas, kEmpty),
          .group = std::move(group)};
}

SegmentationReport evaluate_segmentation(const std::vector<MaskOverlap>& overlaps,
                                         const BootstrapOptions& options) {
  std::vector<double> iou, dice;
  std::vector<std::string> groups;
  for (const auto& overlap : overlaps) {
    if (!overlap.iou.value || !overlap.dice.value) continue;
    iou.push_back(*overlap.iou.value);
    dice.push_back(*overlap.dice.value);
    groups.push_back(overlap.group);
  }
  const Measure means = [&](std::span<const int32_t> weights) {
    return std::vector<Figure>{weighted_mean(iou, weights), weighted_mean(dice, weights)};
  };
  const auto estimates = bootstrap(means, groups, options);
  return {.n = static_cast<int64_t>(iou.size()),
          .without_overlap = static_cast<int64_t>(overlaps.size() - iou.size()),
          .iou = estimates[0],
          .dice = estimates[1]};
}

}  // namespace cxrnet::metrics
