// What the paper reports (Table I, Fig. 11, Fig. 13, section IV-C) for CXR-Net with a ResNet-50
// encoder: the one place of its numbers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "cxrnet/metrics/confusion_matrix.h"
#include "cxrnet/nn/preprocessing.h"

namespace cxrnet::metrics {

struct PaperClass {
  std::string_view label;
  double precision, recall, f1;
};

struct PaperFigures {
  std::array<PaperClass, 4> classes;
  double accuracy;
};

/// Table I, one half per arm.
const PaperFigures& paper_figures(nn::Arm arm);

/// The row of a label, or null for a label that the paper does not have.
const PaperClass* paper_class(nn::Arm arm, std::string_view label);

/// Fig. 11, one half per arm, in the order of nn::kLabels (the paper orders by name).
ConfusionMatrix paper_confusion(nn::Arm arm);

/// AOPPC of the paper's Fig. 13 (COVID-19, threshold form, eq. 12) by the name of the method:
/// representation, grad_cam, saliency; nothing for the others.
std::optional<double> paper_aoppc(std::string_view method);

inline constexpr double kPaperLungIou = 0.925;
inline constexpr int64_t kPaperTestImages = 1239;  ///< the sum of Fig. 11

}  // namespace cxrnet::metrics
