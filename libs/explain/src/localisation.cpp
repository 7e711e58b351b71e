#include "cxrnet/explain/localisation.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <string>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"
#include "cxrnet/explain/heat_map.h"
#include "cxrnet/explain/removal.h"
#include "heat_check.h"

namespace cxrnet::explain {
namespace {

constexpr const char* kEmptyRegion = "the region is empty in this image";
constexpr const char* kBlackMap = "the map is 0 everywhere";

// One number per image, with what may stand in its way.
struct Flat {
  at::Tensor heat;    // [N, H W] f64
  at::Tensor region;  // [N, H W] f64, 0 or 1
};

Flat flatten(const at::Tensor& heat, const at::Tensor& region) {
  require_heat(heat);
  require_same_shape(heat, region, "region");
  return {.heat = heat.flatten(1).to(at::kDouble),
          .region = (region != 0).flatten(1).to(at::kDouble)};
}

at::Tensor is_empty(const Flat& flat) { return flat.region.sum(1) == 0; }

// values[n], unless a row of `obstacles` holds true for n.
std::vector<metrics::Figure> to_figures(
    const at::Tensor& values, const std::vector<std::pair<at::Tensor, const char*>>& obstacles) {
  std::vector<metrics::Figure> figures;
  for (int64_t n = 0; n < values.size(0); ++n) {
    metrics::Figure figure = metrics::defined(values[n].item<double>());
    for (const auto& [holds, reason] : obstacles) {
      if (!figure.value || !holds[n].item<bool>()) continue;
      figure = metrics::undefined(reason);
    }
    figures.push_back(std::move(figure));
  }
  return figures;
}

// 0 for dead maps; undefined without a region.
std::vector<metrics::Figure> count_misses(const at::Tensor& values, const at::Tensor& heat,
                                          const Flat& flat) {
  return to_figures(values.masked_fill(is_dead(heat), 0.0), {{is_empty(flat), kEmptyRegion}});
}

at::Tensor iou(const at::Tensor& chosen, const at::Tensor& region) {
  const auto common = (chosen * region).sum(1);
  return common / (chosen.sum(1) + region.sum(1) - common);
}

// The region grown by a disc.
at::Tensor dilate(const at::Tensor& region, int64_t radius) {
  if (radius == 0) return region;
  const auto offset = at::arange(-radius, radius + 1, at::kFloat).square();
  const auto disc =
      offset.unsqueeze(0) + offset.unsqueeze(1) <= static_cast<double>(radius * radius);
  const auto reached = at::conv2d(region.to(at::kFloat),
                                  disc.to(at::kFloat).view({1, 1, 2 * radius + 1, 2 * radius + 1}),
                                  /*bias=*/{}, /*stride=*/1, /*padding=*/radius);
  return reached > 0.5;
}

}  // namespace

std::vector<metrics::Figure> pointing_game(const at::Tensor& heat, const at::Tensor& region,
                                           int64_t tolerance_px) {
  if (tolerance_px < 0) {
    throw Error(ErrorCode::invalid_option, "pointing tolerance: expected 0 or more pixels, got " +
                                               std::to_string(tolerance_px) + "; take 0 for none");
  }
  const auto flat = flatten(heat, region);
  const auto near = dilate(region != 0, tolerance_px).flatten(1).to(at::kDouble);
  const auto brightest = (flat.heat == flat.heat.amax(1, /*keepdim=*/true)).to(at::kDouble);
  return count_misses((brightest * near).sum(1) / brightest.sum(1), heat, flat);
}

std::vector<metrics::Figure> iou_at_equal_area(const at::Tensor& heat, const at::Tensor& region) {
  const auto flat = flatten(heat, region);
  const auto ranks = removal_ranks(flat.heat, RemovalOrder::most_relevant_first);
  const auto chosen = (ranks < flat.region.sum(1, /*keepdim=*/true)).to(at::kDouble);
  return count_misses(iou(chosen, flat.region), heat, flat);
}

std::vector<metrics::Figure> iou_at_threshold(const at::Tensor& heat, const at::Tensor& region,
                                              double threshold) {
  const auto flat = flatten(heat, region);
  return count_misses(iou((flat.heat >= threshold).to(at::kDouble), flat.region), heat, flat);
}

std::vector<metrics::Figure> heat_inside(const at::Tensor& heat, const at::Tensor& region,
                                         BlackMap black) {
  const auto flat = flatten(heat, region);
  const auto total = flat.heat.sum(1);
  const auto is_black = total == 0;
  const auto share = (flat.heat * flat.region).sum(1) / total.masked_fill(is_black, 1.0);
  if (black == BlackMap::miss) return to_figures(share, {{is_empty(flat), kEmptyRegion}});
  return to_figures(share, {{is_empty(flat), kEmptyRegion}, {is_black, kBlackMap}});
}

std::vector<metrics::Figure> share_of_area(const at::Tensor& region) {
  require_shape(region, {-1, 1, -1, -1}, "region");
  const auto inside = (region != 0).flatten(1).to(at::kDouble);
  return to_figures(inside.mean(1), {{inside.sum(1) == 0, kEmptyRegion}});
}

MeanFigure mean_of_defined(const std::vector<metrics::Figure>& figures) {
  double sum = 0.0;
  int64_t n = 0;
  for (const auto& figure : figures) {
    if (!figure.value) continue;
    sum += *figure.value;
    ++n;
  }
  const auto reason = figures.empty() ? "no images" : "undefined for every image";
  return {.mean = metrics::ratio(sum, static_cast<double>(n), reason), .n = n};
}

}  // namespace cxrnet::explain
