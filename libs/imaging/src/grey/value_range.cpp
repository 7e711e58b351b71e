#include "grey/value_range.h"

#include <algorithm>

namespace cxrnet::imaging {
namespace {

constexpr double kMarkerShare = 0.1;  // the most of a picture that a marker takes up, on each side
constexpr double kFarthest = 4.0;     // times the distance of the two percentiles
constexpr double kTrimmed = 0.005;
constexpr double kOutlier = 0.5;  // times the distance of the trimmed ends

bool is_smaller(const Occurrence& a, const Occurrence& b) { return a.value < b.value; }

}  // namespace

ValueDistribution::ValueDistribution(std::vector<Occurrence> occurrences)
    : occurrences_(std::move(occurrences)) {
  std::erase_if(occurrences_, [](const Occurrence& one) { return one.pixels == 0; });
  std::sort(occurrences_.begin(), occurrences_.end(), is_smaller);
  for (const auto& one : occurrences_) pixels_ += one.pixels;
}

double ValueDistribution::at_fraction(double fraction) const {
  const auto target = static_cast<int64_t>(fraction * static_cast<double>(pixels_ - 1));
  int64_t seen = 0;
  for (const auto& one : occurrences_) {
    seen += one.pixels;
    if (seen > target) return one.value;
  }
  return occurrences_.empty() ? 0.0 : occurrences_.back().value;
}

ValueDistribution ValueDistribution::picture() const {
  const double low = at_fraction(kMarkerShare), high = at_fraction(1.0 - kMarkerShare);
  if (!(low < high)) return *this;
  const double farthest = kFarthest * (high - low);
  const auto belongs = [farthest](double distance, double gap) {
    return gap <= distance - gap && distance <= farthest;
  };
  auto first =
      std::lower_bound(occurrences_.begin(), occurrences_.end(), Occurrence{low, 0}, is_smaller);
  auto last =
      std::lower_bound(occurrences_.begin(), occurrences_.end(), Occurrence{high, 0}, is_smaller);
  while (last + 1 != occurrences_.end() &&
         belongs(last[1].value - low, last[1].value - last->value)) {
    ++last;
  }
  while (first != occurrences_.begin() &&
         belongs(high - first[-1].value, first->value - first[-1].value)) {
    --first;
  }
  return ValueDistribution({first, last + 1});
}

ValueRange ValueDistribution::whole() const {
  return empty() ? ValueRange{} : ValueRange{occurrences_.front().value, occurrences_.back().value};
}

ValueRange ValueDistribution::trimmed() const {
  return {at_fraction(kTrimmed), at_fraction(1.0 - kTrimmed)};
}

ValueRange ValueDistribution::without_outliers() const {
  const ValueRange trim = trimmed();
  const double slack = kOutlier * (trim.high - trim.low);
  ValueRange range = trim;
  for (const auto& one : occurrences_) {
    if (one.value < trim.low - slack || one.value > trim.high + slack) continue;
    range.low = std::min(range.low, one.value);
    range.high = std::max(range.high, one.value);
  }
  return range;
}

}  // namespace cxrnet::imaging
