// PNG, JPEG, TIFF and BMP files as users hand them in.
#include "cxrnet/imaging/decode.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  return cxrnet::fuzz::read_or_refuse(data, size, [](std::string_view bytes) {
    cxrnet::imaging::to_8bit(cxrnet::imaging::decode_image(bytes));
  });
}
