#include "grey/display_lut.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "grey/value_range.h"

namespace cxrnet::imaging {
namespace {

int stored_value(int code, const GreyPipeline& pipeline) {
  const int codes = 1 << pipeline.stored_bits;
  return pipeline.is_signed && code >= codes / 2 ? code - codes : code;
}

double look_up(const LookupTable& table, double value) {
  const double last = static_cast<double>(table.values.size() - 1);
  const double index = std::clamp(std::round(value - table.first_mapped), 0.0, last);
  return table.values[static_cast<std::size_t>(index)];
}

struct ModalityStep {
  double value;
  double operator()(const Rescale& rescale) const {
    return rescale.slope * value + rescale.intercept;
  }
  double operator()(const LookupTable& table) const { return look_up(table, value); }
};

bool is_padding(int code, const GreyPipeline& pipeline) {
  return pipeline.padding && pipeline.padding->covers(stored_value(code, pipeline));
}

ValueDistribution distribution_of(const std::vector<double>& values,
                                  const std::vector<int64_t>& counts,
                                  const GreyPipeline& pipeline) {
  std::vector<Occurrence> occurrences;
  for (std::size_t code = 0; code < values.size(); ++code) {
    if (counts[code] > 0 && !is_padding(static_cast<int>(code), pipeline))
      occurrences.push_back({values[code], counts[code]});
  }
  return ValueDistribution(std::move(occurrences));
}

// An 8-bit picture that was saved with 16 bits by repeating each byte.
bool holds_repeated_bytes(const std::vector<int64_t>& counts) {
  for (std::size_t code = 0; code < counts.size(); ++code) {
    if (counts[code] > 0 && code >> 8 != (code & 0xFF)) return false;
  }
  return counts.size() == 1 << 16;
}

// Detectors count with 10 to 15 bits: their pictures leave half of the codes unused, the upper half
// or, stored as complements or with an offset for signs, the lower one.
bool are_display_values(const ValueDistribution& values, const std::vector<int64_t>& counts) {
  if (holds_repeated_bytes(counts)) return true;
  const double half = static_cast<double>(counts.size()) / 2;
  const ValueRange picture = values.picture().trimmed();
  return picture.low < half && picture.high >= half;
}

struct Range {
  ValueRange ends;
  bool measured;
};

Range range_of(const ValueDistribution& values, const std::vector<int64_t>& counts,
               const GreyPipeline& pipeline) {
  const Range stored{{0.0, static_cast<double>(counts.size() - 1)}, false};
  switch (pipeline.range) {
    case RangeRule::as_stored:
      return stored;
    case RangeRule::whole:
      return {values.whole(), true};
    case RangeRule::without_outliers:
      return {values.picture().without_outliers(), true};
    case RangeRule::display_or_counts:
      if (!pipeline.is_signed && are_display_values(values, counts)) return stored;
      return {values.picture().trimmed(), true};
  }
  return stored;
}

// The last step before inversion: values after the modality step to [0, 1].
using Voi = std::variant<Window, LookupTable>;

struct VoiStep {
  double value;
  double white;  // of a table
  double operator()(const Window& window) const { return apply_window(window, value); }
  double operator()(const LookupTable& table) const {
    return std::min(1.0, look_up(table, value) / white);
  }
};

// A range without extent is that of a uniform picture, refused later for want of contrast: any
// window will do.
Window window_over(const ValueRange& range) {
  if (!(range.low < range.high)) return {};
  return {(range.low + range.high) / 2, range.high - range.low, WindowFunction::linear_exact};
}

Voi voi_of(const GreyPipeline& pipeline, const ValueRange& range) {
  if (const auto* window = std::get_if<Window>(&pipeline.voi)) return *window;
  if (const auto* table = std::get_if<LookupTable>(&pipeline.voi)) return *table;
  return window_over(range);
}

}  // namespace

double LookupTable::white() const {
  const unsigned largest = std::max<unsigned>(1, *std::max_element(values.begin(), values.end()));
  const bool fits = static_cast<int>(std::bit_width(largest)) == bits;
  return fits ? (1 << bits) - 1 : largest;
}

double apply_window(const Window& window, double value) {
  const auto [centre, width, function] = window;
  switch (function) {
    case WindowFunction::linear:
      if (width <= 1.0) return value <= centre - 0.5 ? 0.0 : 1.0;
      return std::clamp((value - (centre - 0.5)) / (width - 1.0) + 0.5, 0.0, 1.0);
    case WindowFunction::linear_exact:
      return std::clamp((value - centre) / width + 0.5, 0.0, 1.0);
    case WindowFunction::sigmoid:
      return 1.0 / (1.0 + std::exp(-4.0 * (value - centre) / width));
  }
  return 0.0;
}

DisplayLut build_display_lut(const GreyPipeline& pipeline, const std::vector<int64_t>& counts) {
  const std::size_t codes = std::size_t{1} << pipeline.stored_bits;
  std::vector<double> values(codes);
  for (std::size_t code = 0; code < codes; ++code) {
    const double stored = stored_value(static_cast<int>(code), pipeline);
    values[code] = std::visit(ModalityStep{stored}, pipeline.modality);
  }
  Range range{{}, false};
  if (std::holds_alternative<std::monostate>(pipeline.voi))
    range = range_of(distribution_of(values, counts, pipeline), counts, pipeline);
  const Voi voi = voi_of(pipeline, range.ends);
  const auto* table = std::get_if<LookupTable>(&voi);
  const double white = table != nullptr ? table->white() : 1.0;

  DisplayLut display{std::vector<uint16_t>(codes, 0), range.measured};
  for (std::size_t code = 0; code < codes; ++code) {
    if (is_padding(static_cast<int>(code), pipeline)) continue;
    const double shown = std::visit(VoiStep{values[code], white}, voi);
    display.values[code] =
        static_cast<uint16_t>(std::lround(65535.0 * (pipeline.invert ? 1.0 - shown : shown)));
  }
  return display;
}

}  // namespace cxrnet::imaging
