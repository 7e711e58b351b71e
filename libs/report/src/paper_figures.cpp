#include "paper_figures.h"

#include <algorithm>

namespace cxrnet::report {

const PaperFigures& paper_figures(nn::Arm arm) {
  static constexpr PaperFigures kOriginal{.classes = {{{"healthy", 0.881, 0.974, 0.925},
                                                       {"bacterial", 0.870, 0.838, 0.854},
                                                       {"viral", 0.686, 0.655, 0.670},
                                                       {"covid19", 0.985, 0.985, 0.985}}},
                                          .accuracy = 0.847};
  static constexpr PaperFigures kSegmented{.classes = {{{"healthy", 0.925, 0.967, 0.946},
                                                        {"bacterial", 0.891, 0.868, 0.879},
                                                        {"viral", 0.748, 0.745, 0.747},
                                                        {"covid19", 0.985, 0.992, 0.989}}},
                                           .accuracy = 0.879};
  return arm == nn::Arm::original ? kOriginal : kSegmented;
}

const PaperClass* paper_class(nn::Arm arm, std::string_view label) {
  const auto& classes = paper_figures(arm).classes;
  const auto found = std::find_if(classes.begin(), classes.end(),
                                  [&](const PaperClass& row) { return row.label == label; });
  return found == classes.end() ? nullptr : &*found;
}

}  // namespace cxrnet::report
