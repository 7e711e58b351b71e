#include "cxrnet/metrics/paper_figures.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "cxrnet/nn/labels.h"

namespace cxrnet::metrics {

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

ConfusionMatrix paper_confusion(nn::Arm arm) {
  using Counts = std::array<std::array<int, nn::kClasses>, nn::kClasses>;  // actual by predicted
  static constexpr Counts kOriginal{
      {{297, 2, 4, 2}, {12, 450, 75, 0}, {27, 65, 175, 0}, {1, 0, 1, 128}}};
  static constexpr Counts kSegmented{
      {{295, 3, 6, 1}, {10, 466, 61, 0}, {13, 54, 199, 1}, {1, 0, 0, 129}}};
  const auto& counts = arm == nn::Arm::original ? kOriginal : kSegmented;
  ConfusionMatrix matrix({nn::kLabels.begin(), nn::kLabels.end()});
  for (std::size_t actual = 0; actual < counts.size(); ++actual) {
    for (std::size_t predicted = 0; predicted < counts.size(); ++predicted) {
      matrix.add(actual, predicted, counts[actual][predicted]);
    }
  }
  return matrix;
}

std::optional<double> paper_aoppc(std::string_view method) {
  if (method == "representation") return 0.903;
  if (method == "grad_cam") return 0.868;
  if (method == "saliency") return 0.629;
  return std::nullopt;
}

}  // namespace cxrnet::metrics
