// Fig. 3: how CLAHE spreads the grey values.
#include <algorithm>
#include <cmath>

#include "figures/drawings.h"

namespace cxrnet::report {

std::optional<Drawing> draw_grey_values(const Json& study) {
  const auto& section = member(study, "fig3");
  const auto values = numbers_of(section, "grey_values");
  const auto before = numbers_of(section, "share_before");
  const auto after = numbers_of(section, "share_after");
  Drawing drawing{.name = "fig3",
                  .csv = "grey_value,share_before,share_after\n",
                  .script = {},
                  .width = 860,
                  .height = 300};
  std::size_t rows = 0;
  for (std::size_t i = 0; i < std::min({values.size(), before.size(), after.size()}); ++i) {
    if (!std::isfinite(values[i]) || !std::isfinite(before[i]) || !std::isfinite(after[i]))
      continue;
    drawing.csv +=
        shortest(values[i]) + "," + shortest(before[i]) + "," + shortest(after[i]) + "\n";
    ++rows;
  }
  if (rows == 0) return std::nullopt;
  drawing.script =
      "set border 3 lc rgb '#56606b'\n"
      "set tics nomirror out scale 0.5 textcolor rgb '#1a2027'\n"
      "set grid ytics lc rgb '#dce1e7' lw 1 lt 1\n"
      "set xrange [0:255]\nset yrange [0:*]\nset xlabel 'Grey value'\n"
      "set ylabel 'Share of pixels'\nset key above center horizontal samplen 2.5\n"
      "plot 'fig3.csv' skip 1 using 1:2 with histeps lw 2.2 lc rgb '#8fa3b8' title 'before CLAHE', "
      "'' skip 1 using 1:3 with histeps lw 2.2 lc rgb '#1b4f72' title 'after CLAHE'\n";
  return drawing;
}

}  // namespace cxrnet::report
