// How the engine computes.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "cxrnet/core/options.h"

namespace cxrnet {
namespace engine {

/// Arithmetic of convolutions; sums are kept in f32, in int8 in 32-bit integers. int8 needs to know
/// the ranges of values (calibration.h); what would lose by it (the first and the last layers,
/// sums, values without a range) is left in bf16, or f32 where the processor lacks that.
enum class Precision { f32, bf16, int8 };

}  // namespace engine

template <>
struct EnumNames<engine::Precision> {
  static constexpr std::array<std::pair<engine::Precision, std::string_view>, 3> values{
      {{engine::Precision::f32, "f32"},
       {engine::Precision::bf16, "bf16"},
       {engine::Precision::int8, "int8"}}};
};

namespace engine {

struct EngineOptions {
  Precision precision = Precision::f32;
  bool winograd = false;  ///< for 3x3 convolutions in f32, where oneDNN has it: fewer products,
                          ///< rounding errors a few times as large, and weights that take as long
                          ///< to pack as a few images to answer
};

/// For so many images: Winograd's kernels where they earn what packing their weights takes.
constexpr EngineOptions options_for(std::size_t images, Precision precision = Precision::f32) {
  constexpr std::size_t kWorthWinograd = 8;
  return {.precision = precision, .winograd = images >= kWorthWinograd};
}

}  // namespace engine
}  // namespace cxrnet
