// Whether compiled networks answer as the networks do that they were compiled from. A model file's
// golden pair checks those when they are loaded; the answers that users get come from the engine.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cxrnet/engine/engine.h"
#include "cxrnet/nn/model_file.h"

namespace cxrnet::pipeline {

/// By how much answers to the golden image may differ in the mean: probabilities of a class or of
/// lung, cells of a representation.
double golden_tolerance(engine::Precision precision);

/// Holds the engine's answers to `images` golden images of the model's size against nn's, the
/// representation's only if it is asked for. Errors: corrupt_model where they differ in f32,
/// invalid_option where they do in another precision.
void require_golden_answers(engine::ClassifierEngine& engine, const nn::ModelFile& model,
                            engine::Precision precision, std::size_t images,
                            bool with_representation);

/// The same of a segmenter, at `size` pixels.
void require_golden_answers(engine::SegmenterEngine& engine, nn::UNet segmenter, int64_t size,
                            engine::Precision precision, std::size_t images);

/// A segmenter for images of `size` pixels, one at a time, that was held against its network.
engine::SegmenterEngine checked_segmenter(nn::UNet network, int64_t size,
                                          const engine::EngineOptions& options);

}  // namespace cxrnet::pipeline
