#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <chrono>
#include <vector>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/interruption.h"
#include "file_descriptor.h"

namespace cxrnet {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kAwaitWriter{2};  // until somebody opens a pipe to write into it
constexpr std::chrono::seconds kAwaitData{60};   // until somebody who has opened it writes
constexpr std::chrono::milliseconds kPollInterval{20};
constexpr std::size_t kChunk = std::size_t{1} << 20;

[[noreturn]] void throw_too_large(std::size_t max_bytes) {
  throw Error(ErrorCode::file_too_large, "file: expected at most " + std::to_string(max_bytes) +
                                             " bytes, got more; is it the right file?");
}

[[noreturn]] void throw_unreadable(const std::string& got) {
  throw Error(ErrorCode::unreadable,
              "file: expected a file or a pipe, got " + got + "; name another");
}

bool is_null_device(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

// Devices never end, sockets cannot be opened: neither is tried.
void require_file_or_pipe(const struct stat& status) {
  if (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode) || is_null_device(status)) return;
  if (S_ISDIR(status.st_mode)) throw_unreadable("a folder");
  if (S_ISSOCK(status.st_mode)) throw_unreadable("a socket");
  throw_unreadable("a device");
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

std::string read_regular(int descriptor, std::size_t expected_bytes, std::size_t max_bytes) {
  if (expected_bytes > max_bytes) throw_too_large(max_bytes);
  std::string bytes(expected_bytes, '\0');
  bytes.resize(read_up_to(descriptor, bytes.data(), bytes.size()));
  char more = 0;
  if (expected_bytes == 0 && read_up_to(descriptor, &more, 1) == 1)
    throw_unreadable("one of the system's own without a size");  // such as those in /proc
  return bytes;
}

// Waits until the pipe has something to read or has ended; false when neither came in time.
class PipeWait {
 public:
  explicit PipeWait(int descriptor) : descriptor_(descriptor) {}

  // What a read gave that would have had to wait: nobody writes yet, or nothing is written yet.
  void await(bool has_writer) {
    const auto limit = has_writer ? kAwaitData : kAwaitWriter;
    if (has_writer != had_writer_) since_ = Clock::now();
    had_writer_ = has_writer;
    if (Clock::now() - since_ > limit) {
      throw_unreadable(has_writer ? "a pipe into which nothing is written"
                                  : "a pipe into which nobody writes");
    }
    pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
    ::poll(&waiting, 1, static_cast<int>(kPollInterval.count()));
    ended_ = (waiting.revents & POLLHUP) != 0;
  }
  void note_data() {
    since_ = Clock::now();
    had_data_ = true;
  }
  // Whether an empty read is the end and not the time before the first writer.
  bool ended() const { return ended_ || had_data_; }

 private:
  int descriptor_;
  Clock::time_point since_ = Clock::now();
  bool had_writer_ = false;
  bool had_data_ = false;
  bool ended_ = false;
};

// In pieces that are put together at the end, so that a pipe that does not end costs no more than
// the limit.
std::string read_pipe(int descriptor, std::size_t max_bytes) {
  std::vector<std::string> pieces;
  std::size_t total = 0;
  PipeWait wait(descriptor);
  std::string piece(kChunk, '\0');
  while (true) {
    const ssize_t got = ::read(descriptor, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN) throw_read_error(errno);
    if (got == 0 && wait.ended()) break;
    if (got <= 0) {
      wait.await(/*has_writer=*/got < 0);
      continue;
    }
    wait.note_data();
    total += static_cast<std::size_t>(got);
    if (total > max_bytes) throw_too_large(max_bytes);
    pieces.emplace_back(piece, 0, static_cast<std::size_t>(got));
  }
  std::string bytes;
  bytes.reserve(total);
  for (const auto& part : pieces) bytes += part;
  return bytes;
}

std::string read_whole(const std::filesystem::path& path, std::size_t max_bytes) {
  if (path.native().find('\0') != std::string::npos) {
    throw Error(ErrorCode::not_found,
                "file: expected a name, got one with a NUL byte; check where it comes from");
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw_read_error(errno);
  require_file_or_pipe(status);
  // O_NONBLOCK: opening a pipe waits for nobody.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) throw_read_error(errno);
  if (::fstat(file.get(), &status) != 0) throw_read_error(errno);
  require_file_or_pipe(status);
  if (S_ISFIFO(status.st_mode)) return read_pipe(file.get(), max_bytes);
  if (!S_ISREG(status.st_mode)) return {};
  return read_regular(file.get(), static_cast<std::size_t>(status.st_size), max_bytes);
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  return interruptibly([path, max_bytes] { return read_whole(path, max_bytes); });
}

}  // namespace cxrnet
