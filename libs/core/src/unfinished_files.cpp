#include "cxrnet/core/unfinished_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <mutex>
#include <set>

namespace cxrnet {
namespace {

constexpr std::chrono::milliseconds kPatience{200};  // with a disk that does not answer

// Never destroyed: other threads may still write when the program ends.
struct UnfinishedFiles {
  std::timed_mutex mutex;
  std::set<std::filesystem::path> paths;
};

UnfinishedFiles& unfinished_files() {
  static auto& instance = *new UnfinishedFiles;
  return instance;
}

}  // namespace

void remove_unfinished_files() noexcept {
  auto& files = unfinished_files();
  if (!files.mutex.try_lock_for(kPatience)) return;  // and kept, if it is had
  for (const auto& path : files.paths) ::unlink(path.c_str());
}

namespace detail {

int create_unfinished_file(const std::filesystem::path& path) {
  auto& files = unfinished_files();
  const std::lock_guard lock(files.mutex);
  const auto entry = files.paths.insert(path).first;
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    const int error = errno;
    files.paths.erase(entry);
    errno = error;
  }
  return descriptor;
}

void leave_unfinished_file(const std::filesystem::path& path) noexcept {
  auto& files = unfinished_files();
  const std::lock_guard lock(files.mutex);
  files.paths.erase(path);
}

}  // namespace detail
}  // namespace cxrnet
