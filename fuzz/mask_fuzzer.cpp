// Masks as other programs write them, from the bytes to what is inside.
#include "cxrnet/data/mask.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  return cxrnet::fuzz::read_or_refuse(data, size, [](std::string_view bytes) {
    return cxrnet::data::interpret_mask(cxrnet::data::decode_mask_pixels(bytes),
                                        cxrnet::data::MaskOf::lungs);
  });
}
