// Whether a data set ties class and source, so that a network can take one for the other.
#pragma once

#include <string>

#include "cxrnet/data/manifest.h"

namespace cxrnet::data {

/// A sentence or two: how much of the images with and without COVID-19 comes from the source that
/// most of the latter come from, and what follows if that differs by 20 percentage points or more.
std::string describe_confounding(const Manifest& manifest);

}  // namespace cxrnet::data
