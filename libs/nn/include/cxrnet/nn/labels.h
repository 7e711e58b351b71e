// The four classes, in the order of every logit, probability and confusion matrix.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cxrnet::nn {

inline constexpr std::array<std::string_view, 4> kLabels{"healthy", "bacterial", "viral",
                                                         "covid19"};
inline constexpr int64_t kClasses = static_cast<int64_t>(kLabels.size());

/// The position of `label` in kLabels. Errors: invalid_option, listing the valid labels.
int64_t label_index(std::string_view label);

}  // namespace cxrnet::nn
