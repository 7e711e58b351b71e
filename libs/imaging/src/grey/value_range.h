// Where black and white lie in a picture whose file does not say it: by what nearly all of its
// pixels do, never by one of them.
#pragma once

#include <cstdint>
#include <vector>

namespace cxrnet::imaging {

struct ValueRange {
  double low = 0.0, high = 0.0;
};

/// One value and how many pixels hold it.
struct Occurrence {
  double value = 0.0;
  int64_t pixels = 0;
};

/// The values of a picture in rising order.
class ValueDistribution {
 public:
  /// Values without pixels are dropped.
  explicit ValueDistribution(std::vector<Occurrence> occurrences);

  bool empty() const { return occurrences_.empty(); }
  /// The value at that fraction of the sorted pixels: 0 = the smallest, 1 = the largest.
  double at_fraction(double fraction) const;

  /// The picture without what was burnt into it: from the 10 and the 90 percentile outwards, up to
  /// the first gap wider than all that lies before it, and at most four times as far as these two
  /// are apart. Markers (text, 0, 65535) of up to a tenth of the picture and hot or dead pixels lie
  /// beyond. Of 2,500 chest X-rays none has such a gap, and none reaches that far. As it is where
  /// the two percentiles are one value.
  ValueDistribution picture() const;

  /// The smallest and the largest value.
  ValueRange whole() const;
  /// From the 0.5 to the 99.5 percentile.
  ValueRange trimmed() const;
  /// The outermost values that lie no farther beyond the 0.5 and the 99.5 percentile than half of
  /// these two's distance: those of an ordinary picture, those of its neighbours where a pixel or
  /// two are hot.
  ValueRange without_outliers() const;

 private:
  std::vector<Occurrence> occurrences_;  // by value
  int64_t pixels_ = 0;
};

}  // namespace cxrnet::imaging
