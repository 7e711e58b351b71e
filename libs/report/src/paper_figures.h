// What the paper reports (Table I, Fig. 11, section IV-B) for CXR-Net with a ResNet-50 encoder.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "cxrnet/nn/preprocessing.h"

namespace cxrnet::report {

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

inline constexpr double kPaperLungIou = 0.925;
inline constexpr int64_t kPaperTestImages = 1239;  ///< the sum of Fig. 11

}  // namespace cxrnet::report
