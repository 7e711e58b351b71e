#include "grey/display_lut.h"

#include <algorithm>
#include <cmath>
#include <limits>

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

struct VoiStep {
  double value;
  Window full_range;
  double operator()(std::monostate) const { return apply_window(full_range, value); }
  double operator()(const Window& window) const { return apply_window(window, value); }
  double operator()(const LookupTable& table) const {
    return std::min(1.0, look_up(table, value) / static_cast<double>((1 << table.bits) - 1));
  }
};

bool is_padding(int code, const GreyPipeline& pipeline) {
  return pipeline.padding && pipeline.padding->covers(stored_value(code, pipeline));
}

// Black at the smallest and white at the largest value in use.
Window full_range(const std::vector<double>& values, const std::vector<bool>& is_used,
                  const GreyPipeline& pipeline) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::size_t code = 0; code < values.size(); ++code) {
    if (!is_used[code] || is_padding(static_cast<int>(code), pipeline)) continue;
    low = std::min(low, values[code]);
    high = std::max(high, values[code]);
  }
  if (!(low < high)) return {};  // uniform: refused later, for want of contrast
  return {(low + high) / 2, high - low, WindowFunction::linear_exact};
}

}  // namespace

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

std::vector<uint16_t> build_display_lut(const GreyPipeline& pipeline,
                                        const std::vector<bool>& is_used) {
  const std::size_t codes = std::size_t{1} << pipeline.stored_bits;
  std::vector<double> values(codes);
  for (std::size_t code = 0; code < codes; ++code) {
    const double stored = stored_value(static_cast<int>(code), pipeline);
    values[code] = std::visit(ModalityStep{stored}, pipeline.modality);
  }
  const Window range = full_range(values, is_used, pipeline);
  std::vector<uint16_t> display(codes, 0);
  for (std::size_t code = 0; code < codes; ++code) {
    if (is_padding(static_cast<int>(code), pipeline)) continue;
    const double shown = std::visit(VoiStep{values[code], range}, pipeline.voi);
    display[code] =
        static_cast<uint16_t>(std::lround(65535.0 * (pipeline.invert ? 1.0 - shown : shown)));
  }
  return display;
}

}  // namespace cxrnet::imaging
