#include "commands/data/picture_decoder.h"

namespace cxrnet::app {

data::PictureDecoder picture_decoder() { return data::decode_picture; }

}  // namespace cxrnet::app
