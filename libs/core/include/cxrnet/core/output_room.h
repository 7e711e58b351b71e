// Whether results will find room, asked before anything is written.
#pragma once

#include <cstdint>
#include <filesystem>

namespace cxrnet {

/// What will be written, as far as it can be told beforehand; too little rather than too much.
struct OutputNeed {
  uint64_t bytes = 0;         ///< all at once on the disk
  uint64_t largest_file = 0;  ///< bytes
};

/// Looks at `folder`, or at the nearest folder above that is there; writes nothing. Errors:
/// write_failed when no folder can be made there or its permissions or its file system forbid to
/// write; disk_full when the disk has less room, or the process may not write so large a file.
void require_output_room(const std::filesystem::path& folder, const OutputNeed& need);

}  // namespace cxrnet
