// Where bytes for a path really go.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "file_descriptor.h"

namespace cxrnet {

/// A file is replaced by a whole one; devices, pipes and this program's own streams take bytes as
/// they are. Links stay: what they lead to is written.
struct WriteTarget {
  std::filesystem::path file;                 ///< where a whole file is to stand
  std::optional<FileDescriptor> stream = {};  ///< or what takes the bytes at once
};

/// Errors: write_failed.
WriteTarget write_target(const std::filesystem::path& path);

/// Whether bytes for the path would go to a stream; opens nothing.
bool is_stream(const std::filesystem::path& path);

/// The path that a chain of links ends in, whether or not something is there. Errors: write_failed
/// when it leads round in a circle.
std::filesystem::path follow_links(std::filesystem::path path);

}  // namespace cxrnet
