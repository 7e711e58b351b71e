// Reading whole files, and writing them so that a half-written one never exists.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cxrnet/core/error.h"

namespace cxrnet {

/// What is read unless more is asked for: more than any picture of a size that is decoded takes.
inline constexpr std::size_t kMaxFileBytes = std::size_t{512} << 20;
/// Of models, checkpoints and shards.
inline constexpr std::size_t kMaxLargeFileBytes = std::size_t{64} << 30;

/// The bytes of a file, or of a pipe into which somebody writes. Nothing else is opened: a device
/// may never end. Errors: not_found; unreadable (also a folder, a socket, a device, a file of the
/// system's own that states no size, a pipe that stays silent); file_too_large when it holds more
/// than `max_bytes`.
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes = kMaxFileBytes);

/// Writes to a temporary file in the same folder, fsyncs and renames it: readers see the old bytes
/// or the new ones. A link stays, what it leads to is written so. Devices, pipes and this process's
/// own standard output take the bytes as they are. Errors: disk_full (a limit on file size counts;
/// the process must ignore SIGXFSZ to live to see it), write_failed. The temporary file is removed
/// then, and what stood at `path` is as it was.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// A file that is written piece by piece and appears, whole, at commit(); what was not committed is
/// removed. Errors: as write_file_atomically; after one of them no later piece is taken.
class GrowingFile {
 public:
  explicit GrowingFile(const std::filesystem::path& path);
  ~GrowingFile();
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  void append(std::string_view bytes);
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A file that could not be written, and why.
struct FailedFile {
  std::filesystem::path path;
  Error error;
};

/// Files that are written at once and appear at commit(), which waits for the disk before it gives
/// them their names: as write_file_atomically, but with one wait for many. Until then they have
/// temporary names in their folders. Thread-safe.
class PendingFiles {
 public:
  PendingFiles();
  ~PendingFiles();  ///< Removes what was not committed.
  PendingFiles(const PendingFiles&) = delete;
  PendingFiles& operator=(const PendingFiles&) = delete;

  /// Writes a file that is to be `path`. Commits by itself now and then, in a thread beside, so
  /// that few are pending. Errors: as write_file_atomically.
  void add(const std::filesystem::path& path, std::string_view bytes);

  /// What was added before is there, whole, when it returns, save what it gives: files that could
  /// not have their names. Errors: as write_file_atomically, when the disk does not hold them.
  std::vector<FailedFile> commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cxrnet
