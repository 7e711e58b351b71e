// DICOM's grey pipeline as one table from stored code to display value (PS3.3 C.7.6.16.2, C.11.1,
// C.11.2): stored value → modality LUT → VOI LUT → inversion. No DICOM library here, so that every
// step is testable by hand.
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
  int bits = 16;  ///< of each value
  std::vector<uint16_t> values;
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

/// Everything between the stored codes and what a viewer shows.
struct GreyPipeline {
  int stored_bits = 16;  ///< 1 … 16
  bool is_signed = false;
  std::variant<Rescale, LookupTable> modality = Rescale{};
  std::variant<std::monostate, Window, LookupTable>
      voi;  ///< none: minimum and maximum of the used values
  std::optional<Padding> padding;
  bool invert = false;  ///< MONOCHROME1
};

/// The window's output in [0, 1] for a value after the modality step.
double apply_window(const Window& window, double value);

/// The display value (0 = black, 65535 = white) of each of the 2^stored_bits codes. `is_used[code]`
/// tells which codes occur; without a VOI they set the range. Padding is black, whatever the
/// inversion.
std::vector<uint16_t> build_display_lut(const GreyPipeline& pipeline,
                                        const std::vector<bool>& is_used);

}  // namespace cxrnet::imaging
