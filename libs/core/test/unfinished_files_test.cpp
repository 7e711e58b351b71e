#include "cxrnet/core/unfinished_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "cxrnet/core/files.h"
#include "temporary_folder.h"

namespace cxrnet {
namespace {

// Afterwards nothing can be written: a process of its own.
TEST(UnfinishedFilesDeathTest, AreGoneAndWhatIsFinishedStays) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const TemporaryFolder folder;
  EXPECT_EXIT(
      {
        write_file_atomically(folder.path() / "finished", "whole");
        GrowingFile growing(folder.path() / "growing");
        growing.append("half");
        PendingFiles pending;
        pending.add(folder.path() / "pending", "whole, without its name");
        { GrowingFile given_up(folder.path() / "given-up"); }
        remove_unfinished_files();
        int files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
          files += entry.path().filename() == "finished" ? 1 : 100;
        ::_exit(files);
      },
      testing::ExitedWithCode(1), "");
}

}  // namespace
}  // namespace cxrnet
