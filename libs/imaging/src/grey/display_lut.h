// The grey pipeline as one table from stored code to display value: stored value → modality LUT →
// VOI LUT, or the range that the pixels tell → inversion (PS3.3 C.7.6.16.2, C.11.1, C.11.2); DICOM
// and raster files alike. No DICOM library here, so that every step is testable by hand.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace cxrnet::imaging {

/// Rescale slope and intercept; the defaults change nothing.
struct Rescale {
  double slope = 1.0;
  double intercept = 0.0;
};

/// A lookup table: `first_mapped` and smaller input gives values.front(), larger than the table
/// values.back().
struct LookupTable {
  int first_mapped = 0;
  int bits = 16;  ///< of each value, as the file says
  std::vector<uint16_t> values;

  /// What stands for white: the highest value of `bits`; the table's own largest value where that
  /// needs fewer bits, or more (ADR-012).
  double white() const;
};

enum class WindowFunction { linear, linear_exact, sigmoid };

/// VOI window (C.11.2.1.2, C.11.2.1.3).
struct Window {
  double centre = 0.0;
  double width = 1.0;
  WindowFunction function = WindowFunction::linear;
};

/// Padding covers [low, high] of the stored values.
struct Padding {
  int low = 0;
  int high = 0;

  bool covers(int value) const { return value >= low && value <= high; }
};

/// What sets black and white where no VOI does.
enum class RangeRule {
  as_stored,          ///< display values: 0 and the highest code
  whole,              ///< the smallest and the largest value in use
  without_outliers,   ///< those of the picture itself: hot pixels and markers do not count
  display_or_counts,  ///< 16-bit rasters do not say which of the two they hold (see decode.h)
};

/// Everything between the stored codes and what a viewer shows.
struct GreyPipeline {
  int stored_bits = 16;  ///< 1 … 16
  bool is_signed = false;
  std::variant<Rescale, LookupTable> modality = Rescale{};
  std::variant<std::monostate, Window, LookupTable> voi;
  RangeRule range = RangeRule::whole;  ///< used without a VOI
  std::optional<Padding> padding;
  bool invert = false;  ///< white is stored as the smallest value
};

/// The window's output in [0, 1] for a value after the modality step.
double apply_window(const Window& window, double value);

struct DisplayLut {
  std::vector<uint16_t> values;  ///< [2^stored_bits], 0 = black, 65535 = white
  bool measured = false;         ///< whether the pixels set the range
};

/// The display value of each of the 2^stored_bits codes. `counts[code]` tells how many pixels hold
/// it. Padding does not take part in the range, and is black, whatever the inversion, which comes
/// last.
DisplayLut build_display_lut(const GreyPipeline& pipeline, const std::vector<int64_t>& counts);

}  // namespace cxrnet::imaging
