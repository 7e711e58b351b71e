#include "cxrnet/core/files.h"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>

#include <csignal>
#include <fstream>
#include <string>
#include <thread>

#include "error_matchers.h"
#include "temporary_folder.h"

namespace cxrnet {
namespace {

using Names = std::set<std::string>;

// Files may not grow beyond `bytes` while it lives: a full disk for root and ordinary users alike.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : previous_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &previous_);
    const rlimit limit{bytes, previous_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &previous_);
    std::signal(SIGXFSZ, previous_handler_);
  }

 private:
  rlimit previous_{};
  void (*previous_handler_)(int);
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
  EXPECT_EQ(caught([&] { read_file(folder.path() / "file", 4); }).code, ErrorCode::image_too_large);
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
  EXPECT_EQ(refused.code, ErrorCode::image_too_large);
}

TEST(WriteFileAtomically, ReplacesAndLeavesNothingElse) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "file", "old and longer");
  write_file_atomically(folder.path() / "file", "new");
  EXPECT_EQ(read_file(folder.path() / "file"), "new");
  EXPECT_EQ(folder.names(), Names{"file"});
}

TEST(WriteFileAtomically, OnAFullDiskKeepsTheOldFileAndLeavesNoOther) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "old", "untouched");
  const std::string large(100'000, 'x');
  {
    const FileSizeLimit limit(4096);
    for (const char* name : {"old", "new"}) {
      EXPECT_EQ(caught([&] { write_file_atomically(folder.path() / name, large); }).code,
                ErrorCode::disk_full);
    }
  }
  EXPECT_EQ(folder.names(), Names{"old"});
  EXPECT_EQ(read_file(folder.path() / "old"), "untouched");
  write_file_atomically(folder.path() / "new", large);  // the limit was the cause
}

TEST(PendingFiles, AppearTogetherAtCommit) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "a", "old");
  PendingFiles pending;
  pending.add(folder.path() / "a", "new");
  pending.add(folder.path() / "b", "other");
  EXPECT_EQ(read_file(folder.path() / "a"), "old");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "b"));
  pending.commit();
  EXPECT_EQ(read_file(folder.path() / "a"), "new");
  EXPECT_EQ(read_file(folder.path() / "b"), "other");
  EXPECT_EQ(folder.names(), (Names{"a", "b"}));
}

TEST(PendingFiles, AreRemovedUnlessCommitted) {
  const TemporaryFolder folder;
  {
    PendingFiles pending;
    pending.add(folder.path() / "a", "new");
  }
  EXPECT_EQ(folder.names(), Names{});
}

TEST(PendingFiles, AreNeverMany) {
  const TemporaryFolder folder;
  PendingFiles pending;
  for (int i = 0; i < 500; ++i) pending.add(folder.path() / std::to_string(i), "x");
  const auto names = folder.names();
  const auto waiting = std::count_if(names.begin(), names.end(),
                                     [](const auto& name) { return name.starts_with("."); });
  EXPECT_EQ(names.size(), 500U);
  EXPECT_LT(waiting, 2 * 200);  // some are being committed
  pending.commit();
  EXPECT_EQ(folder.names().size(), 500U);
  EXPECT_EQ(read_file(folder.path() / "0"), "x");
}

TEST(PendingFiles, WhatFailedBesideIsToldAtCommit) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "taken");
  PendingFiles pending;
  pending.add(folder.path() / "taken", "x");  // cannot replace a folder
  for (int i = 0; i < 191; ++i) pending.add(folder.path() / std::to_string(i), "x");
  EXPECT_EQ(caught([&] { pending.commit(); }).code, ErrorCode::write_failed);
  EXPECT_EQ(read_file(folder.path() / "190"), "x") << "the others have their names";
  EXPECT_EQ(caught([&] { pending.add(folder.path() / "later", "x"); }).code,
            ErrorCode::write_failed);
}

TEST(GrowingFile, TakesNothingMoreAfterAFailure) {
  const TemporaryFolder folder;
  GrowingFile file(folder.path() / "list");
  file.append("begin");
  {
    const FileSizeLimit limit(4096);
    EXPECT_EQ(caught([&] { file.append(std::string(100'000, 'x')); }).code, ErrorCode::disk_full);
  }
  EXPECT_EQ(caught([&] { file.append("end"); }).code, ErrorCode::disk_full);
  EXPECT_EQ(caught([&] { file.commit(); }).code, ErrorCode::disk_full);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "list"));
}

TEST(PendingFiles, TheLaterOfTwoWithOneNameStays) {
  const TemporaryFolder folder;
  PendingFiles pending;
  pending.add(folder.path() / "a", "first");
  pending.add(folder.path() / "a", "second");
  pending.commit();
  EXPECT_EQ(read_file(folder.path() / "a"), "second");
}

TEST(PendingFiles, OnAFullDiskLeaveTheRest) {
  const TemporaryFolder folder;
  PendingFiles pending;
  pending.add(folder.path() / "small", "fits");
  {
    const FileSizeLimit limit(4096);
    EXPECT_EQ(caught([&] { pending.add(folder.path() / "large", std::string(100'000, 'x')); }).code,
              ErrorCode::disk_full);
  }
  pending.commit();
  EXPECT_EQ(folder.names(), Names{"small"});
  EXPECT_EQ(caught([&] { pending.add(folder.path() / "missing" / "file", "x"); }).code,
            ErrorCode::write_failed);
}

TEST(WriteFileAtomically, RefusesAFolderThatDoesNotExist) {
  const TemporaryFolder folder;
  const auto refused =
      caught([&] { write_file_atomically(folder.path() / "missing" / "file", "x"); });
  EXPECT_EQ(refused.code, ErrorCode::write_failed);
  EXPECT_EQ(refused.message.find(folder.path().string()), std::string::npos) << "names a path";
}

TEST(WriteFileAtomically, RefusesToReplaceAFolder) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "taken");
  EXPECT_EQ(caught([&] { write_file_atomically(folder.path() / "taken", "x"); }).code,
            ErrorCode::write_failed);
  EXPECT_EQ(folder.names(), Names{"taken"});
}

TEST(WriteFileAtomically, TakesTheLongestNameOfTheFileSystem) {
  const TemporaryFolder folder;
  const std::string name(255, 'n');
  write_file_atomically(folder.path() / name, "x");
  EXPECT_EQ(folder.names(), Names{name});
}

// A killed process may leave its temporary file, and a container gives the same process number
// again.
TEST(WriteFileAtomically, StepsOverLeftovers) {
  const TemporaryFolder folder;
  const auto leftover = [](int i) {
    return ".cxrnet-" + std::to_string(::getpid()) + "-" + std::to_string(i) + ".part";
  };
  for (int i = 0; i < 200; ++i) std::ofstream(folder.path() / leftover(i)) << i;
  write_file_atomically(folder.path() / "file", "x");
  EXPECT_EQ(read_file(folder.path() / "file"), "x");
  EXPECT_EQ(folder.names().size(), 201u);
}

TEST(WriteFileAtomically, ShowsReadersTheOldOrTheNewFileOnly) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  const std::string contents[] = {std::string(400'000, 'a'), std::string(300'000, 'b')};
  write_file_atomically(path, contents[0]);
  std::thread writer([&] {
    for (int i = 1; i <= 20; ++i) write_file_atomically(path, contents[i % 2]);
  });
  int torn = 0;
  for (int i = 0; i < 50; ++i) {
    const auto got = read_file(path);
    torn += got != contents[0] && got != contents[1];
  }
  writer.join();
  EXPECT_EQ(torn, 0);
}

}  // namespace
}  // namespace cxrnet
