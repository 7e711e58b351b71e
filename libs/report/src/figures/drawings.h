// The diagrams of a study; nothing where the study lacks the numbers.
#pragma once

#include <optional>
#include <string_view>

#include "figures/gnuplot.h"
#include "study/json.h"

namespace cxrnet::report {

/// Grey values before and after CLAHE (paper, Fig. 3).
std::optional<Drawing> draw_grey_values(const Json& study);

/// Accuracy of each encoder with its interval (paper, Fig. 9).
std::optional<Drawing> draw_encoders(const Json& study);

/// Accuracy by encoder and arm beside the paper's (Fig. 10 a).
std::optional<Drawing> draw_arms(const Json& study);

/// Training loss by epoch (Fig. 10 b).
std::optional<Drawing> draw_training_loss(const Json& study);

/// Which removal a perturbation curve is of.
enum class Removal { block, threshold, rank };

/// Probability perturbation curves (Fig. 13) of `methods`, an array as `fig13.methods`: one panel
/// per class asked about.
std::optional<Drawing> draw_curves(const Json& methods, Removal removal, std::string_view name);

/// Differences between our method and the others by the independent judge.
std::optional<Drawing> draw_paired(const Json& study);

/// Similarity of the heat map to that of the trained model as layer by layer is randomised.
std::optional<Drawing> draw_sanity(const Json& study);

}  // namespace cxrnet::report
