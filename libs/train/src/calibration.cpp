#include "cxrnet/train/calibration.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <functional>

#include "cxrnet/data/image_codec.h"
#include "cxrnet/data/loader.h"
#include "cxrnet/metrics/recalibration.h"

namespace cxrnet::train {
namespace {

constexpr int64_t kBatchSize = 32;
constexpr double kDistanceQuantile = 0.99;
constexpr double kLungFractionTail = 0.005;

// Rows of `compute` over the records as stored, and their labels.
struct Rows {
  at::Tensor values;  // [N, K] f32
  at::Tensor labels;  // [N] i64
};

Rows run_over(const data::ShardDataset& dataset, const std::vector<std::size_t>& indices,
              at::Device device, const std::function<at::Tensor(const at::Tensor&)>& compute) {
  const at::NoGradGuard no_grad;
  data::Loader loader(
      dataset, indices,
      {.batch_size = kBatchSize, .workers = std::max(1, at::get_num_threads() - 1)});
  loader.start_epoch(0);
  std::vector<at::Tensor> values;
  std::vector<at::Tensor> labels;
  while (const auto batch = loader.next()) {
    values.push_back(compute(batch->image.to(device)).to(at::kCPU));
    labels.push_back(batch->target.argmax(1));
  }
  return {.values = at::cat(values), .labels = at::cat(labels)};
}

at::Device device_of(nn::CxrNet& classifier) { return classifier->head()->fc()->bias.device(); }

std::vector<std::vector<double>> to_vectors(const at::Tensor& rows) {
  const auto values = rows.to(at::kDouble).contiguous();
  std::vector<std::vector<double>> vectors;
  for (int64_t i = 0; i < values.size(0); ++i) {
    const double* row = values[i].data_ptr<double>();
    vectors.emplace_back(row, row + values.size(1));
  }
  return vectors;
}

at::Tensor lung_fractions(const data::ShardDataset& dataset,
                          const std::vector<std::size_t>& indices) {
  std::vector<float> fractions;
  for (const auto index : indices) {
    if (dataset[index].mask.empty()) continue;
    fractions.push_back(data::decode_mask(dataset[index].mask).to(at::kFloat).mean().item<float>());
  }
  return at::tensor(fractions);
}

}  // namespace

nn::Calibration calibrate(nn::CxrNet& classifier, const data::ShardDataset& dataset,
                          const std::vector<std::size_t>& validation) {
  classifier->eval();
  const auto rows = run_over(dataset, validation, device_of(classifier),
                             [&](const at::Tensor& image) { return classifier->classify(image); });
  std::vector<std::size_t> actual;
  for (int64_t i = 0; i < rows.labels.size(0); ++i)
    actual.push_back(static_cast<std::size_t>(rows.labels[i].item<int64_t>()));
  const auto fit = metrics::fit_bias_corrected_temperature(to_vectors(rows.values), actual);
  const double temperature = fit.scaling.temperature;
  const at::NoGradGuard no_grad;
  const auto shift = at::tensor(fit.offsets, at::kDouble).mul_(temperature);
  classifier->head()->fc()->bias.add_(shift.to(device_of(classifier)));
  return {.temperature = temperature, .fitted = true, .offsets = fit.offsets};
}

nn::OutOfDistribution fit_out_of_distribution(nn::CxrNet& classifier,
                                              const data::ShardDataset& dataset,
                                              const std::vector<std::size_t>& training,
                                              const std::vector<std::size_t>& validation) {
  classifier->eval();
  const auto features = [&](const at::Tensor& image) { return classifier->pooled_features(image); };
  const auto device = device_of(classifier);
  const auto seen = run_over(dataset, training, device, features);
  auto distribution =
      nn::fit_feature_distribution(seen.values, seen.labels, classifier->options().classes);
  const auto held_out = run_over(dataset, validation, device, features);
  const auto distances = nn::feature_distance(distribution, held_out.values);
  distribution.distance_threshold = at::quantile(distances, kDistanceQuantile).item<double>();
  const auto fractions = lung_fractions(dataset, training);
  if (fractions.numel() > 0) {
    distribution.lung_fraction_low = at::quantile(fractions, kLungFractionTail).item<double>();
    distribution.lung_fraction_high =
        at::quantile(fractions, 1.0 - kLungFractionTail).item<double>();
  }
  distribution.fitted = true;
  return distribution;
}

}  // namespace cxrnet::train
