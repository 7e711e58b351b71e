#include "cxrnet/core/files.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
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

using NameSet = std::set<std::string>;

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

TEST(WriteFileAtomically, ReplacesAndLeavesNothingElse) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "file", "old and longer");
  write_file_atomically(folder.path() / "file", "new");
  EXPECT_EQ(read_file(folder.path() / "file"), "new");
  EXPECT_EQ(folder.names(), NameSet{"file"});
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
  EXPECT_EQ(folder.names(), NameSet{"old"});
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
  EXPECT_EQ(folder.names(), (NameSet{"a", "b"}));
}

TEST(PendingFiles, AreRemovedUnlessCommitted) {
  const TemporaryFolder folder;
  {
    PendingFiles pending;
    pending.add(folder.path() / "a", "new");
  }
  EXPECT_EQ(folder.names(), NameSet{});
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

TEST(PendingFiles, WhatFailedBesideIsToldAtCommitAndCostsThatFileAlone) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "taken");
  PendingFiles pending;
  pending.add(folder.path() / "taken", "x");  // cannot replace a folder
  for (int i = 0; i < 191; ++i) pending.add(folder.path() / std::to_string(i), "x");
  pending.add(folder.path() / "later", "x");
  const auto failed = pending.commit();
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].path, folder.path() / "taken");
  EXPECT_EQ(failed[0].error.code(), ErrorCode::write_failed);
  EXPECT_EQ(read_file(folder.path() / "190"), "x") << "the others have their names";
  EXPECT_EQ(read_file(folder.path() / "later"), "x");
  EXPECT_TRUE(pending.commit().empty()) << "told once";
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
  EXPECT_EQ(folder.names(), NameSet{"small"});
  EXPECT_EQ(caught([&] { pending.add(folder.path() / "missing" / "file", "x"); }).code,
            ErrorCode::write_failed);
}

TEST(WriteFileAtomically, WritesWhereALinkLeadsAndKeepsTheLink) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "deep");
  write_file_atomically(folder.path() / "deep/file", "old");
  std::filesystem::create_symlink("deep/file", folder.path() / "link");
  std::filesystem::create_symlink("link", folder.path() / "second");
  std::filesystem::create_symlink("deep/new", folder.path() / "dangling");
  write_file_atomically(folder.path() / "second", "new");
  write_file_atomically(folder.path() / "dangling", "made");
  PendingFiles pending;
  pending.add(folder.path() / "link", "newer");
  EXPECT_EQ(read_file(folder.path() / "deep/file"), "new");
  EXPECT_TRUE(pending.commit().empty());
  EXPECT_EQ(read_file(folder.path() / "deep/file"), "newer");
  EXPECT_EQ(read_file(folder.path() / "deep/new"), "made");
  for (const char* name : {"link", "second", "dangling"})
    EXPECT_TRUE(std::filesystem::is_symlink(folder.path() / name)) << name;
  EXPECT_EQ(folder.names(), (NameSet{"deep", "link", "second", "dangling"}));
  std::filesystem::create_symlink("round", folder.path() / "round");
  EXPECT_EQ(caught([&] { write_file_atomically(folder.path() / "round", "x"); }).code,
            ErrorCode::write_failed);
}

TEST(WriteFileAtomically, GivesDevicesAndPipesTheBytes) {
  const TemporaryFolder folder;
  // A device of its own: were it replaced, the machine would lose none.
  const auto device = folder.path() / "null";
  if (::mknod(device.c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0 &&
      !std::ofstream(device).fail()) {
    write_file_atomically(device, "x");
    EXPECT_TRUE(std::filesystem::is_character_file(device));
    std::filesystem::remove(device);
  }
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::string got;
  std::thread reader([&] { got = read_file(pipe); });
  write_file_atomically(pipe, "through the pipe");
  reader.join();
  EXPECT_EQ(got, "through the pipe");
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

TEST(WriteFileAtomicallyDeathTest, WritesIntoItsOwnStandardOutputWhateverItIs) {
  const TemporaryFolder folder;
  const auto write_twice = [&] {
    const int file = ::open((folder.path() / "out").c_str(), O_CREAT | O_WRONLY, 0600);
    ::dup2(file, STDOUT_FILENO);
    write_file_atomically("/dev/stdout", "first ");
    const bool second = ::write(STDOUT_FILENO, "second", 6) == 6;
    std::_Exit(second ? 0 : 1);
  };
  EXPECT_EXIT(write_twice(), testing::ExitedWithCode(0), "");
  EXPECT_EQ(read_file(folder.path() / "out"), "first second");
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
  EXPECT_EQ(folder.names(), NameSet{"taken"});
}

TEST(WriteFileAtomically, TakesTheLongestNameOfTheFileSystem) {
  const TemporaryFolder folder;
  const std::string name(255, 'n');
  write_file_atomically(folder.path() / name, "x");
  EXPECT_EQ(folder.names(), NameSet{name});
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
