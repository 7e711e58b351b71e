// The images and masks inside shards, read by the header-only decoder.
#include "cxrnet/data/image_codec.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  cxrnet::fuzz::read_or_refuse(data, size, cxrnet::data::decode_grey);
  return cxrnet::fuzz::read_or_refuse(data, size, cxrnet::data::decode_mask);
}
