// Is the network's answer readable from a mask alone? (Jethani et al. 2021: an explanation may
// encode the prediction instead of showing what it rests on.)
#pragma once

#include <nlohmann/json.hpp>

namespace cxrnet::study {

class Workplace;

/// A reader (mask_reader.h) of the selecting model's masks of the test side, cross-fitted by
/// patient, and one of the lungs' outlines: what any mask inside the lungs gives away at least.
/// - Held against the model's *answer*, not the label: that is what a mask could encode.
/// - The masks are one fixed class's channel for every image. The channel of the predicted or the
///   true class would say by itself which class it is.
/// - On images that the model never learnt from, by readers that never saw the patient.
/// {"n", "n_dead", "held_against", "channel", "folds", "accuracy", "chance",
/// "lung_outline_accuracy", "by_channel": [{"label", "accuracy"}]}; `accuracy` is that of
/// kReadChannel, fixed beforehand; `chance`: the share of the most frequent answer.
nlohmann::json read_masks(Workplace& place);

inline constexpr const char* kReadChannel = "covid19";  // the paper's class

}  // namespace cxrnet::study
