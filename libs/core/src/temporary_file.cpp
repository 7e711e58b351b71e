#include "temporary_file.h"

#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>

#include "cxrnet/core/unfinished_files.h"

namespace cxrnet {
namespace {

constexpr std::string_view kPrefix = ".cxrnet-";
constexpr std::string_view kSuffix = ".part";

}  // namespace

TemporaryName::~TemporaryName() {
  if (path_.empty()) return;
  ::unlink(path_.c_str());
  detail::leave_unfinished_file(path_);
}

void TemporaryName::rename_to(const std::filesystem::path& path) {
  if (::rename(path_.c_str(), path.c_str()) != 0) throw_write_error(errno);
  detail::leave_unfinished_file(path_);
  path_.clear();
}

TemporaryFile create_sibling(const std::filesystem::path& path) {
  static std::atomic<unsigned> counter{0};
  while (true) {
    const auto name = std::string(kPrefix) + std::to_string(::getpid()) + "-" +
                      std::to_string(counter++) + std::string(kSuffix);
    auto sibling = path.parent_path() / name;
    const int descriptor = detail::create_unfinished_file(sibling);
    if (descriptor >= 0) return {TemporaryName(std::move(sibling)), FileDescriptor(descriptor)};
    // A killed process with the number of this one may have left such a file: take the next name.
    if (errno != EEXIST) throw_write_error(errno);
  }
}

pid_t maker_of(const std::filesystem::path& path) {
  const auto name = path.filename().string();
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return 0;
  const char* begin = name.data() + kPrefix.size();
  const char* end = name.data() + name.size() - kSuffix.size();
  pid_t maker = 0;
  unsigned number = 0;
  const auto first = std::from_chars(begin, end, maker);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return 0;
  const auto second = std::from_chars(first.ptr + 1, end, number);
  return second.ec == std::errc() && second.ptr == end && maker > 0 ? maker : 0;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

void sync_folder(const std::filesystem::path& folder) {
  const FileDescriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());
}

void sync_file_system(const std::filesystem::path& folder) {
  const FileDescriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::syncfs(directory.get()) != 0) throw_write_error(errno);
}

}  // namespace cxrnet
