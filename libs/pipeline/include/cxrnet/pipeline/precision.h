// Which arithmetic the engine computes a model in.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cxrnet/engine/forward.h"
#include "cxrnet/engine/options.h"
#include "cxrnet/imaging/decode.h"
#include "cxrnet/nn/forward.h"

namespace cxrnet {
namespace pipeline {

enum class RequestedPrecision { automatic, f32, bf16, int8 };

}  // namespace pipeline

template <>
struct EnumNames<pipeline::RequestedPrecision> {
  static constexpr std::array<std::pair<pipeline::RequestedPrecision, std::string_view>, 4> values{
      {{pipeline::RequestedPrecision::automatic, "auto"},
       {pipeline::RequestedPrecision::f32, "f32"},
       {pipeline::RequestedPrecision::bf16, "bf16"},
       {pipeline::RequestedPrecision::int8, "int8"}}};
};

namespace pipeline {

inline constexpr const char* kPrecisionHelp =
    "arithmetic of the networks; auto: the fastest of f32, bf16 and int8 that answers phantoms as "
    "f32 does, when there are enough images to be worth the trial";

struct EngineChoice {
  engine::EngineOptions options;
  std::string reason;  ///< of the precision, for the reader
};

/// How to compute `images` images: in the precision that was asked for; for `automatic` in the
/// one that answers rendered phantoms fastest, of those that this processor and the model have and
/// that give f32's labels, where they are clear, and its probabilities within 0.01 in the mean.
/// Below 32 images that is f32, since the trial would take longer than it saves. Errors: as
/// Diagnoser.
EngineChoice choose_engine(RequestedPrecision requested, const nn::ModelFile& model,
                           std::size_t images);

/// The model's classifier, with its ranges where int8 needs them. Errors: as Diagnoser.
engine::ClassifierEngine classifier_engine(const nn::ModelFile& model,
                                           const engine::EngineOptions& options);

/// What ModelFile::int8_ranges holds: the ranges of both networks' values on these X-rays, which
/// should be such as the model was trained on, but for the values that int8 would harm too much:
/// the most harmful ones are left out until the mean difference of a probability (of a class, of
/// lung) is below 0.00075, and counted in `spared`. The heat map has no say in it. On a processor
/// without int8 all are kept, and there is no `spared`. Errors: as Diagnoser::diagnose.
nlohmann::json measure_int8_ranges(const nn::ModelFile& model,
                                   const std::vector<imaging::GreyImage>& images);

}  // namespace pipeline
}  // namespace cxrnet
