// Reading whole files, and writing them so that a half-written one never exists.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace cxrnet {

/// The bytes of a file or pipe. Errors: not_found, unreadable (a folder, too), image_too_large when
/// it holds more than `max_bytes`.
std::string read_file(const std::filesystem::path& path,
                      std::size_t max_bytes = std::size_t{4} << 30);

/// Writes to a temporary file in the same folder, fsyncs and renames it: readers see the old bytes
/// or the new ones. Errors: disk_full (a limit on file size counts; the process must ignore SIGXFSZ
/// to live to see it), write_failed. The temporary file is removed then, and what stood at `path`
/// is as it was.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// The same without waiting for the disk, for many files that a last one tells of: should the
/// machine lose its power before sync_files, they may be missing or empty. Errors: as
/// write_file_atomically.
void write_file_unsynced(const std::filesystem::path& path, std::string_view bytes);

/// Waits until the disk holds what was written to the file system of `folder`. Errors: as
/// write_file_atomically.
void sync_files(const std::filesystem::path& folder);

}  // namespace cxrnet
