// What tells one chest X-ray from another, whatever was done to its file.
#pragma once

#include <vector>

#include "cxrnet/data/duplicates.h"

namespace cxrnet::data {

inline constexpr int kPatternSide = 32;

/// See PictureTraits; a picture without any contrast has patterns of zeros.
std::vector<std::vector<float>> patterns_of(const GreyPicture& picture);

}  // namespace cxrnet::data
