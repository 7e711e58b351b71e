// Pictures of every format that imaging reads, for the search for duplicates.
#pragma once

#include <string_view>

#include "cxrnet/data/duplicates.h"

namespace cxrnet::pipeline {

/// As it would be shown, 8 bits. Errors: as imaging::decode_image.
data::GreyPicture decode_picture(std::string_view bytes);

}  // namespace cxrnet::pipeline
