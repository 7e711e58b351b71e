// How the engine computes.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "cxrnet/core/options.h"

namespace cxrnet {
namespace engine {

/// Arithmetic of convolutions. Sums are kept in f32.
enum class Precision { f32, bf16 };

}  // namespace engine

template <>
struct EnumNames<engine::Precision> {
  static constexpr std::array<std::pair<engine::Precision, std::string_view>, 2> values{
      {{engine::Precision::f32, "f32"}, {engine::Precision::bf16, "bf16"}}};
};

namespace engine {

struct EngineOptions {
  Precision precision = Precision::f32;
  bool winograd = true;  ///< for 3x3 convolutions in f32, where oneDNN has it: fewer products, and
                         ///< rounding errors a few times as large
};

}  // namespace engine
}  // namespace cxrnet
