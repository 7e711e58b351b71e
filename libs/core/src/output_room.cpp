#include "cxrnet/core/output_room.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "cxrnet/core/error.h"

namespace cxrnet {
namespace {

namespace fs = std::filesystem;
constexpr uint64_t kMegabyte = 1'000'000;

std::string in_megabytes(uint64_t bytes) {
  return std::to_string((bytes + kMegabyte - 1) / kMegabyte) + " MB";
}

[[noreturn]] void throw_unwritable(const std::string& why) {
  throw Error(ErrorCode::write_failed, "out: expected a folder that can be written, got '" + why +
                                           "'; choose another with --out");
}

// The folder itself, or the nearest one above it that is there.
fs::path nearest_folder(const fs::path& folder) {
  std::error_code failure;
  fs::path place = fs::absolute(folder, failure).lexically_normal();
  while (true) {
    const auto status = fs::status(place, failure);
    if (fs::is_directory(status)) return place;
    if (fs::exists(status)) throw_unwritable(std::strerror(ENOTDIR));
    if (failure && failure != std::errc::no_such_file_or_directory)
      throw_unwritable(failure.message());
    if (!place.has_relative_path()) throw_unwritable(std::strerror(ENOENT));
    place = place.parent_path();
  }
}

}  // namespace

void require_output_room(const fs::path& folder, const OutputNeed& need) {
  const auto place = nearest_folder(folder);
  if (::access(place.c_str(), W_OK | X_OK) != 0) throw_unwritable(std::strerror(errno));
  std::error_code unknown;  // a file system that does not tell its space is believed to have some
  const auto space = fs::space(place, unknown);
  if (!unknown && space.available < need.bytes) {
    throw Error(ErrorCode::disk_full, "out: expected about " + in_megabytes(need.bytes) +
                                          " of free space, got " + in_megabytes(space.available) +
                                          "; free some, or choose another disk with --out");
  }
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      limit.rlim_cur < need.largest_file) {
    throw Error(ErrorCode::disk_full, "out: expected that files of about " +
                                          in_megabytes(need.largest_file) +
                                          " may be written, got a limit of " +
                                          in_megabytes(limit.rlim_cur) + "; raise ulimit -f");
  }
}

}  // namespace cxrnet
