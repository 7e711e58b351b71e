#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>
#include <thread>

#include "cxrnet/core/files.h"
#include "error_matchers.h"
#include "temporary_folder.h"

namespace cxrnet {
namespace {

class FileHandle {
 public:
  explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  ~FileHandle() { ::close(descriptor_); }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

TEST(ReadFile, ReturnsWhatWasWritten) {
  const TemporaryFolder folder;
  const std::string cases[] = {"", "text", std::string("a\0b\r\n\xff", 6),
                               std::string(300'000, 'x')};
  for (const auto& bytes : cases) {
    write_file_atomically(folder.path() / "file", bytes);
    EXPECT_EQ(read_file(folder.path() / "file"), bytes);
  }
}

TEST(ReadFile, RefusesWhatIsNoReadableFile) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "file", "x");
  const auto code = [](const std::filesystem::path& path) {
    return caught([&] { read_file(path); }).code;
  };
  EXPECT_EQ(code(folder.path() / "missing"), ErrorCode::not_found);
  EXPECT_EQ(code(folder.path() / "file" / "below"), ErrorCode::not_found);
  EXPECT_EQ(code(folder.path()), ErrorCode::unreadable);
  EXPECT_EQ(code(""), ErrorCode::not_found);
}

TEST(ReadFileDeathTest, RefusesAFileWithoutPermission) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "file", "x");
  ::chmod(folder.path().c_str(), 0755);
  ::chmod((folder.path() / "file").c_str(), 0);
  const auto read_without_privileges = [&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) std::_Exit(2);  // root may read everything
    const auto code = caught([&] { read_file(folder.path() / "file"); }).code;
    std::_Exit(code == ErrorCode::unreadable ? 0 : 1);
  };
  EXPECT_EXIT(read_without_privileges(), testing::ExitedWithCode(0), "");
}

TEST(ReadFile, StopsAtTheLimit) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "file", "12345");
  EXPECT_EQ(read_file(folder.path() / "file", 5), "12345");
  EXPECT_EQ(caught([&] { read_file(folder.path() / "file", 4); }).code, ErrorCode::file_too_large);
}

TEST(ReadFile, ReadsAPipeToItsEnd) {
  const TemporaryFolder folder;
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string bytes(200'000, 'p');
  std::thread writer([&] { std::ofstream(pipe, std::ios::binary) << bytes; });
  const std::string got = read_file(pipe);
  writer.join();
  EXPECT_EQ(got, bytes);
}

TEST(ReadFile, StopsAtTheLimitOfAPipe) {
  const TemporaryFolder folder;
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe, std::ios::binary) << "12345"; });
  const auto refused = caught([&] { read_file(pipe, 4); });
  writer.join();
  EXPECT_EQ(refused.code, ErrorCode::file_too_large);
}

struct UnreadableRow {
  const char* name;
  const char* path;
  const char* message;
};

// Each would be read for ever, or wait for ever, were it opened like a file.
TEST(ReadFile, OpensNothingThatIsNoFileOrPipe) {
  const TemporaryFolder folder;
  const auto socket = (folder.path() / "socket").string();
  const FileHandle handle(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(handle.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  const auto silent = (folder.path() / "silent").string();
  ASSERT_EQ(::mkfifo(silent.c_str(), 0600), 0);
  const UnreadableRow rows[] = {
      {"device", "/dev/zero", "a device"},
      {"terminal", "/dev/ptmx", "a device"},
      {"socket", socket.c_str(), "a socket"},
      {"folder", folder.path().c_str(), "a folder"},
      {"of the system", "/proc/self/status", "without a size"},
      {"pipe without a writer", silent.c_str(), "nobody writes"},
  };
  for (const auto& row : rows) {
    const auto refused = caught([&] { read_file(row.path); });
    EXPECT_EQ(refused.code, ErrorCode::unreadable) << row.name;
    EXPECT_NE(refused.message.find(row.message), std::string::npos) << refused.message;
  }
  EXPECT_EQ(read_file("/dev/null"), "");
  EXPECT_EQ(caught([&] { read_file(std::string("a\0b", 3)); }).code, ErrorCode::not_found);
}

TEST(ReadFile, RefusesByItsSizeWhatIsTooLarge) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "large";
  std::ofstream(path) << "x";
  std::filesystem::resize_file(path, kMaxFileBytes + 1);  // takes no room on the disk
  EXPECT_EQ(caught([&] { read_file(path); }).code, ErrorCode::file_too_large);
}

TEST(ReadFile, APipeThatDoesNotEndCostsNoMoreThanTheLimit) {
  const TemporaryFolder folder;
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto previous = std::signal(SIGPIPE, SIG_IGN);
  std::thread writer([&] {
    std::ofstream file(pipe, std::ios::binary);
    const std::string piece(100'000, 'p');
    while (file.write(piece.data(), static_cast<std::streamsize>(piece.size()))) {
    }
  });
  EXPECT_EQ(caught([&] { read_file(pipe, 3'000'000); }).code, ErrorCode::file_too_large);
  writer.join();
  std::signal(SIGPIPE, previous);
}

}  // namespace
}  // namespace cxrnet
