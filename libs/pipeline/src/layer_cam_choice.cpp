// The level at which LayerCAM explains best, so that the map it is compared with meets it there.
#include <ATen/Functions.h>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/options.h"
#include "cxrnet/pipeline/explanation_benchmark.h"
#include "explanation_batch.h"

namespace cxrnet::pipeline {
namespace {

// Sum of an image's mean deletion over the settings, over the images.
double sum_of_deletion(const std::vector<explain::BlockMeasures>& blocks) {
  double sum = 0.0;
  for (const auto& block : blocks) sum += block.deletion.sum().item<double>();
  return sum / static_cast<double>(blocks.size());
}

}  // namespace

LayerCamChoice choose_layer_cam_level(nn::CxrNet model, const explain::Classifier& judge,
                                      const std::vector<ExplanationCase>& cases,
                                      const ExplanationOptions& options) {
  if (cases.empty()) {
    throw Error(ErrorCode::empty_input,
                "layer-cam-side: expected images to choose LayerCAM's level on, got none; name a "
                "side that has some");
  }
  const auto resolved = with_evidence(options);
  std::vector<double> sums(nn::kLevels, 0.0);
  for (std::size_t first = 0; first < cases.size(); first += kCasesAtOnce) {
    const auto last = std::min(first + kCasesAtOnce, cases.size());
    const auto batch = to_batch({cases.begin() + static_cast<std::ptrdiff_t>(first),
                                 cases.begin() + static_cast<std::ptrdiff_t>(last)});
    for (std::size_t level = 0; level < sums.size(); ++level) {
      auto method = resolved.method;
      method.activations.layer_cam_level = static_cast<int64_t>(level);
      const auto heat = explain::explain_or_dead(
          model, explain::Method::layer_cam,
          {.image = batch.image, .target = batch.target, .lungs = batch.lungs}, method);
      sums[level] +=
          sum_of_deletion(explain::measure_blocks(judge, heat, batch, resolved.benchmark));
    }
  }
  LayerCamChoice choice{.side = resolved.layer_cam_side,
                        .n = static_cast<int64_t>(cases.size()),
                        .level = 0,
                        .deletion = {}};
  for (std::size_t level = 0; level < sums.size(); ++level) {
    choice.deletion.push_back(metrics::defined(sums[level] / static_cast<double>(cases.size())));
    const auto best = static_cast<std::size_t>(choice.level);
    if (sums[level] >= sums[best]) choice.level = static_cast<int64_t>(level);
  }
  return choice;
}

}  // namespace cxrnet::pipeline
