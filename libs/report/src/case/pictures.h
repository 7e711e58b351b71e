// The pictures of one case, in the order of the method: lungs, enhanced image, heat map.
#pragma once

#include <string_view>

#include "cxrnet/nn/preprocessing.h"
#include "cxrnet/pipeline/diagnosis.h"
#include "page/html.h"

namespace cxrnet::report {

Html case_pictures(std::string_view title, const pipeline::Diagnosis& diagnosis, nn::Arm arm);

/// A small picture for the table of cases.
Html thumbnail(const pipeline::Diagnosis& diagnosis);

}  // namespace cxrnet::report
