#include "cxrnet/core/output_room.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "error_matchers.h"
#include "temporary_folder.h"

namespace cxrnet {
namespace {

namespace fs = std::filesystem;
constexpr uint64_t kMoreThanAnyDisk = uint64_t{1} << 62;

TEST(OutputRoom, AFolderThatIsYetToBeMadeIsFineAndIsNotMade) {
  const TemporaryFolder folder;
  require_output_room(folder.path() / "deep" / "deeper", {.bytes = 1, .largest_file = 1});
  require_output_room(folder.path(), {});
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(OutputRoom, LessRoomThanNeededIsAFullDisk) {
  const TemporaryFolder folder;
  const auto error =
      caught([&] { require_output_room(folder.path() / "new", {.bytes = kMoreThanAnyDisk}); });
  EXPECT_EQ(error.code, ErrorCode::disk_full);
  EXPECT_NE(error.message.find("expected about 4611686018428 MB of free space"), std::string::npos)
      << error.message;
}

TEST(OutputRoom, AFileInTheWayIsNotWritable) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  for (const char* out : {"file", "file/below"}) {
    EXPECT_EQ(caught([&] { require_output_room(folder.path() / out, {}); }).code,
              ErrorCode::write_failed)
        << out;
  }
}

TEST(OutputRoom, AFolderWithoutPermissionIsNotWritable) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TemporaryFolder folder;
  fs::create_directory(folder.path() / "closed");
  fs::permissions(folder.path() / "closed", fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_EQ(caught([&] { require_output_room(folder.path() / "closed" / "new", {}); }).code,
            ErrorCode::write_failed);
}

TEST(OutputRoom, ALimitOnTheSizeOfFilesIsAFullDisk) {
  const TemporaryFolder folder;
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit limited { 5'000'000, before.rlim_max };
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limited), 0);
  require_output_room(folder.path(), {.largest_file = 5'000'000});
  const auto error =
      caught([&] { require_output_room(folder.path(), {.largest_file = 5'000'001}); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(error.code, ErrorCode::disk_full);
  EXPECT_NE(error.message.find("ulimit -f"), std::string::npos) << error.message;
}

}  // namespace
}  // namespace cxrnet
