// Safetensors files, the container of models, checkpoints and shards: what is accepted must survive
// writing and reading again.
#include <cstdlib>

#include "cxrnet/core/safetensors.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  return cxrnet::fuzz::read_or_refuse(data, size, [](std::string_view bytes) {
    const auto contents = cxrnet::parse_safetensors(bytes);
    const auto written = cxrnet::format_safetensors(contents);
    const auto again = cxrnet::parse_safetensors(written);
    if (again.metadata != contents.metadata) std::abort();
    if (cxrnet::format_safetensors(again) != written) std::abort();
    if (cxrnet::format_safetensors(cxrnet::view_safetensors(bytes)) != written) std::abort();
  });
}
