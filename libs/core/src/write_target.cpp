#include "write_target.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <initializer_list>
#include <system_error>

#include "cxrnet/core/error.h"

namespace cxrnet {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the system's own limit

// Standard output or standard error when the path leads there, such as /dev/stdout; else -1.
// Replacing the file behind them would leave the rest of what they take without a name.
int own_stream(const struct stat& status) {
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat own {};
    if (::fstat(descriptor, &own) == 0 && own.st_dev == status.st_dev &&
        own.st_ino == status.st_ino)
      return descriptor;
  }
  return -1;
}

bool takes_bytes(const struct stat& status) {
  return S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode);
}

FileDescriptor open_stream(const fs::path& path, const struct stat& status) {
  const int own = own_stream(status);
  const int descriptor = own >= 0 ? ::fcntl(own, F_DUPFD_CLOEXEC, 0)
                                  : ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) throw_write_error(errno);
  return FileDescriptor(descriptor);
}

}  // namespace

fs::path follow_links(fs::path path) {
  for (int links = 0; links < kMostLinks; ++links) {
    std::error_code none;
    const auto next = fs::read_symlink(path, none);
    if (none) return path;  // no link
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  throw_write_error(ELOOP);
}

bool is_stream(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 &&
         (takes_bytes(status) || own_stream(status) >= 0 || S_ISSOCK(status.st_mode));
}

WriteTarget write_target(const fs::path& path) {
  if (path.native().find('\0') != std::string::npos) {
    throw Error(ErrorCode::write_failed,
                "output: expected a name, got one with a NUL byte; choose another");
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {.file = follow_links(path)};
  if (takes_bytes(status) || own_stream(status) >= 0)
    return {.file = {}, .stream = open_stream(path, status)};
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
    throw Error(ErrorCode::write_failed,
                "output: expected a file, got a disk or a socket; choose another name");
  }
  return {.file = follow_links(path)};
}

}  // namespace cxrnet
