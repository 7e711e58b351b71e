// A file beside its later self, until it is whole.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <utility>

#include "file_descriptor.h"

namespace cxrnet {

/// The name of a file that goes with it, unless the file was given its own name before.
class TemporaryName {
 public:
  explicit TemporaryName(std::filesystem::path path) : path_(std::move(path)) {}
  TemporaryName(TemporaryName&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryName& operator=(TemporaryName&&) = delete;
  ~TemporaryName();

  /// Errors: as throw_write_error.
  void rename_to(const std::filesystem::path& path);

 private:
  std::filesystem::path path_;
};

struct TemporaryFile {
  TemporaryName name;
  FileDescriptor file;
};

/// A new file beside `path`. The name is short, so that it fits wherever the target's own does.
/// Errors: as throw_write_error.
TemporaryFile create_sibling(const std::filesystem::path& path);

/// The number of the process that made a file of that name; 0: no such name.
pid_t maker_of(const std::filesystem::path& path);

std::filesystem::path folder_of(const std::filesystem::path& path);

/// Waits until the disk holds the folder's names, as far as it can.
void sync_folder(const std::filesystem::path& folder);

/// Waits until the disk holds what was written to the folder's file system. Errors: as
/// throw_write_error.
void sync_file_system(const std::filesystem::path& folder);

}  // namespace cxrnet
