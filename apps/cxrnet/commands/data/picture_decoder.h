// What check-data can look at: every format that this build reads.
#pragma once

#include "cxrnet/data/duplicates.h"

namespace cxrnet::app {

data::PictureDecoder picture_decoder();

}  // namespace cxrnet::app
