#include "file_descriptor.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "cxrnet/core/error.h"

namespace cxrnet {

void throw_read_error(int error_number) {
  const std::string why = std::strerror(error_number);
  if (error_number == ENOENT || error_number == ENOTDIR) {
    throw Error(ErrorCode::not_found,
                "file: expected an existing file, got '" + why + "'; check the path");
  }
  throw Error(ErrorCode::unreadable,
              "file: expected a readable file, got '" + why + "'; check its permissions");
}

void throw_write_error(int error_number) {
  const std::string why = std::strerror(error_number);
  // EFBIG: a limit on file size (ulimit -f, or the file system's own) leaves no room either.
  if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG) {
    throw Error(ErrorCode::disk_full,
                "output: expected free space, got '" + why + "'; free some and run again");
  }
  throw Error(ErrorCode::write_failed,
              "output: expected a writable folder, got '" + why + "'; choose another with --out");
}

void write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      throw_write_error(errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace cxrnet
