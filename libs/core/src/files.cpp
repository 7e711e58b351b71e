#include "cxrnet/core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <future>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "cxrnet/core/error.h"

namespace cxrnet {
namespace {

constexpr std::size_t kMostPending = 192;  // files

class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

[[noreturn]] void throw_read_error(int error_number) {
  const std::string why = std::strerror(error_number);
  if (error_number == ENOENT || error_number == ENOTDIR) {
    throw Error(ErrorCode::not_found,
                "file: expected an existing file, got '" + why + "'; check the path");
  }
  throw Error(ErrorCode::unreadable,
              "file: expected a readable file, got '" + why + "'; check its permissions");
}

[[noreturn]] void throw_write_error(int error_number) {
  const std::string why = std::strerror(error_number);
  // EFBIG: a limit on file size (ulimit -f, or the file system's own) leaves no room either.
  if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG) {
    throw Error(ErrorCode::disk_full,
                "output: expected free space, got '" + why + "'; free some and run again");
  }
  throw Error(ErrorCode::write_failed,
              "output: expected a writable folder, got '" + why + "'; choose another with --out");
}

[[noreturn]] void throw_too_large(std::size_t max_bytes) {
  throw Error(ErrorCode::image_too_large, "file: expected at most " + std::to_string(max_bytes) +
                                              " bytes, got more; is it the right file?");
}

// Fills the buffer as far as the file goes; returns the number of bytes read.
std::size_t read_up_to(int descriptor, char* buffer, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = ::read(descriptor, buffer + filled, size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_read_error(errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
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

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

void sync_folder(const std::filesystem::path& folder) {
  const FileDescriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());
}

// Waits until the disk holds what was written to the folder's file system.
void sync_file_system(const std::filesystem::path& folder) {
  const FileDescriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::syncfs(directory.get()) != 0) throw_write_error(errno);
}

// The name of a file that goes with it, unless the file was given its own name before.
class TemporaryName {
 public:
  explicit TemporaryName(std::filesystem::path path) : path_(std::move(path)) {}
  TemporaryName(TemporaryName&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryName& operator=(TemporaryName&&) = delete;
  ~TemporaryName() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  void rename_to(const std::filesystem::path& path) {
    if (::rename(path_.c_str(), path.c_str()) != 0) throw_write_error(errno);
    path_.clear();
  }

 private:
  std::filesystem::path path_;
};

struct TemporaryFile {
  TemporaryName name;
  FileDescriptor file;
};

// A new file beside `path`. The name is short, so that it fits wherever the target's own does.
TemporaryFile create_sibling(const std::filesystem::path& path) {
  static std::atomic<unsigned> counter{0};
  while (true) {
    const auto name =
        ".cxrnet-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".part";
    auto sibling = path.parent_path() / name;
    const int descriptor = ::open(sibling.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor >= 0) return {TemporaryName(std::move(sibling)), FileDescriptor(descriptor)};
    // A killed process with the number of this one may have left such a file: take the next name.
    if (errno != EEXIST) throw_write_error(errno);
  }
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw_read_error(errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_read_error(errno);
  if (S_ISDIR(status.st_mode)) throw_read_error(EISDIR);
  const auto expected_bytes = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  if (expected_bytes > max_bytes) throw_too_large(max_bytes);
  std::string bytes(expected_bytes, '\0');
  bytes.resize(read_up_to(file.get(), bytes.data(), bytes.size()));
  // A pipe has no size of its own, and a file may have grown.
  std::array<char, 1 << 16> chunk;
  while (const std::size_t got = read_up_to(file.get(), chunk.data(), chunk.size())) {
    if (bytes.size() + got > max_bytes) throw_too_large(max_bytes);
    bytes.append(chunk.data(), got);
  }
  return bytes;
}

struct GrowingFile::State {
  std::filesystem::path path;
  TemporaryFile temporary;
  std::exception_ptr failure = {};  // of an append, which may have written a part
};

GrowingFile::GrowingFile(std::filesystem::path path) {
  auto temporary = create_sibling(path);
  state_ = std::make_unique<State>(State{std::move(path), std::move(temporary)});
}

GrowingFile::~GrowingFile() = default;

void GrowingFile::append(std::string_view bytes) {
  if (state_->failure) std::rethrow_exception(state_->failure);
  try {
    write_all(state_->temporary.file.get(), bytes);
  } catch (...) {
    state_->failure = std::current_exception();
    throw;
  }
}

void GrowingFile::commit() {
  if (state_->failure) std::rethrow_exception(state_->failure);
  if (::fsync(state_->temporary.file.get()) != 0) throw_write_error(errno);
  state_->temporary.name.rename_to(state_->path);
  sync_folder(folder_of(state_->path));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  GrowingFile file(path);
  file.append(bytes);
  file.commit();
}

namespace {

struct PendingFile {
  TemporaryName temporary;
  std::filesystem::path path;
};

// A file that cannot have its name leaves the others alone; its failure is told afterwards.
void commit_all(std::vector<PendingFile>& files) {
  std::set<std::filesystem::path> folders;
  for (const auto& file : files) folders.insert(folder_of(file.path));
  for (const auto& folder : folders) sync_file_system(folder);
  std::exception_ptr failure;
  for (auto& file : files) {
    try {
      file.temporary.rename_to(file.path);
    } catch (...) {
      if (!failure) failure = std::current_exception();
    }
  }
  files.clear();
  for (const auto& folder : folders) sync_folder(folder);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

struct PendingFiles::State {
  void await_earlier();
  void commit_beside();

  std::mutex mutex;
  std::vector<PendingFile> files;
  std::future<void> under_way;  // the commit of earlier files, in a thread of its own
  std::exception_ptr failure;   // of the first such commit that failed
};

void PendingFiles::State::await_earlier() {
  if (!under_way.valid()) return;
  try {
    under_way.get();
  } catch (...) {
    if (!failure) failure = std::current_exception();
  }
}

// Files come no faster than the disk takes them.
void PendingFiles::State::commit_beside() {
  await_earlier();
  const auto batch = std::make_shared<std::vector<PendingFile>>();
  batch->swap(files);
  try {
    under_way = std::async(std::launch::async, [batch] { commit_all(*batch); });
  } catch (const std::exception&) {  // the system gives no more threads, or no memory for one
    commit_all(*batch);
  }
}

PendingFiles::PendingFiles() : state_(std::make_unique<State>()) {}

PendingFiles::~PendingFiles() = default;

void PendingFiles::add(const std::filesystem::path& path, std::string_view bytes) {
  auto temporary = create_sibling(path);
  write_all(temporary.file.get(), bytes);
  const std::lock_guard lock(state_->mutex);
  if (state_->failure) std::rethrow_exception(state_->failure);
  state_->files.push_back({std::move(temporary.name), path});
  if (state_->files.size() >= kMostPending) state_->commit_beside();
}

void PendingFiles::commit() {
  const std::lock_guard lock(state_->mutex);
  state_->await_earlier();
  if (state_->failure) std::rethrow_exception(state_->failure);
  commit_all(state_->files);
}

}  // namespace cxrnet
