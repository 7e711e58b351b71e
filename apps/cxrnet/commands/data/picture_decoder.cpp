#include "commands/data/picture_decoder.h"

#include "cxrnet/pipeline/picture_decoder.h"

namespace cxrnet::app {

data::PictureDecoder picture_decoder() { return pipeline::decode_picture; }

}  // namespace cxrnet::app
