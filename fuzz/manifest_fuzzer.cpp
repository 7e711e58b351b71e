// Manifests: what is accepted must survive writing and reading again.
#include <cstdlib>

#include "cxrnet/data/manifest.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  return cxrnet::fuzz::read_or_refuse(data, size, [](std::string_view text) {
    const cxrnet::data::ManifestOptions any_label{.require_labels = false,
                                                  .require_known_labels = false};
    const auto manifest = cxrnet::data::parse_manifest(text, "/folder", any_label);
    const auto written = cxrnet::data::format_manifest(manifest);
    const auto again = cxrnet::data::parse_manifest(written, "/folder", any_label);
    if (again.rows.size() != manifest.rows.size()) std::abort();
    if (cxrnet::data::format_manifest(again) != written) std::abort();
  });
}
