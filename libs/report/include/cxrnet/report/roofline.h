// The roofline diagram (Williams et al. 2009): how close each layer comes to what the processor and
// its memory allow.
#pragma once

#include <string>
#include <vector>

namespace cxrnet::report {

struct RooflineLayer {
  std::string name;
  double operations_per_byte;    ///< of the memory that it reads and writes
  double operations_per_second;  ///< measured
};

/// Sloped below operations_per_second / bytes_per_second, flat above.
struct Roof {
  std::string name;  ///< such as "f32"
  double operations_per_second;
  double bytes_per_second;
};

/// An SVG drawn by gnuplot, both axes logarithmic. Errors: as the study's figures, not_found
/// without gnuplot.
std::string roofline_svg(const std::vector<RooflineLayer>& layers, const Roof& roof);

}  // namespace cxrnet::report
