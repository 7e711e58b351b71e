#include "cxrnet/metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/core/random.h"

namespace cxrnet::metrics {
namespace {

// Item i belongs to group of_item[i]. Groups are numbered by name, so that the items' order does
// not change the draws.
struct Grouping {
  std::vector<std::size_t> of_item;
  std::size_t groups = 0;
};

Grouping number_groups(const std::vector<std::string>& names) {
  std::map<std::string_view, std::size_t> numbers;
  for (const auto& name : names) numbers.emplace(name, 0);
  Grouping grouping{.of_item = {}, .groups = numbers.size()};
  std::size_t next = 0;
  for (auto& [name, number] : numbers) number = next++;
  for (const auto& name : names) grouping.of_item.push_back(numbers.at(name));
  return grouping;
}

// Draws as many groups as there are, with replacement; an item occurs as often as its group.
void draw(const Grouping& grouping, Random& random, std::vector<int32_t>& item_weights) {
  std::vector<int32_t> group_weights(grouping.groups, 0);
  for (std::size_t i = 0; i < grouping.groups; ++i) ++group_weights[random.index(grouping.groups)];
  for (std::size_t i = 0; i < item_weights.size(); ++i) {
    item_weights[i] = group_weights[grouping.of_item[i]];
  }
}

// drawn[k]: figure k of every draw that defines it.
std::vector<std::vector<double>> resample(const Measure& measure, const Grouping& grouping,
                                          const BootstrapOptions& options) {
  Random random(static_cast<uint64_t>(options.seed));
  std::vector<int32_t> weights(grouping.of_item.size());
  std::vector<std::vector<double>> drawn;
  for (int64_t i = 0; i < options.resamples; ++i) {
    draw(grouping, random, weights);
    const auto figures = measure(weights);
    drawn.resize(figures.size());
    for (std::size_t k = 0; k < figures.size(); ++k) {
      if (figures[k].value) drawn[k].push_back(*figures[k].value);
    }
  }
  return drawn;
}

double quantile(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(position));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - std::floor(position)) * (sorted[above] - sorted[below]);
}

}  // namespace

std::optional<Interval> percentile_interval(std::vector<double> values, double confidence) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const double tail = (1.0 - confidence) / 2.0;
  return Interval{.low = quantile(values, tail), .high = quantile(values, 1.0 - tail)};
}

std::vector<Estimate> bootstrap(const Measure& measure, const std::vector<std::string>& groups,
                                const BootstrapOptions& options) {
  validate(options);
  std::vector<Estimate> estimates;
  for (auto& figure : measure(std::vector<int32_t>(groups.size(), 1))) {
    estimates.push_back({std::move(figure), std::nullopt});
  }
  const auto grouping = number_groups(groups);
  if (grouping.groups < 2) return estimates;
  auto drawn = resample(measure, grouping, options);
  for (std::size_t k = 0; k < drawn.size(); ++k) {
    const bool enough = 2 * static_cast<int64_t>(drawn[k].size()) >= options.resamples;
    if (!estimates[k].value || !enough) continue;
    estimates[k].interval = percentile_interval(std::move(drawn[k]), options.confidence);
  }
  return estimates;
}

Estimate paired_difference(const std::vector<double>& a, const std::vector<double>& b,
                           const std::vector<std::string>& groups,
                           const BootstrapOptions& options) {
  if (a.size() != b.size() || a.size() != groups.size()) {
    throw Error(ErrorCode::invalid_shape,
                "paired figures: expected equally many of both models and groups, got " +
                    std::to_string(a.size()) + ", " + std::to_string(b.size()) + " and " +
                    std::to_string(groups.size()) + "; evaluate both on the same images");
  }
  const Measure mean_difference = [&](std::span<const int32_t> weights) {
    double sum = 0.0, total = 0.0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      sum += weights[i] * (a[i] - b[i]);
      total += weights[i];
    }
    return std::vector<Figure>{ratio(sum, total, "no images")};
  };
  return bootstrap(mean_difference, groups, options).front();
}

int64_t count_groups(const std::vector<std::string>& groups) {
  return static_cast<int64_t>(std::set<std::string_view>(groups.begin(), groups.end()).size());
}

}  // namespace cxrnet::metrics
