#include "cxrnet/train/run_folder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "error_matchers.h"
#include "temporary_folder.h"

namespace cxrnet::train {
namespace {

namespace fs = std::filesystem;

class RunFolderTest : public testing::Test {
 protected:
  void write(const std::string& name) const { std::ofstream(folder_.path() / name) << name; }

  std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      found.insert(entry.path().filename().string());
    return found;
  }

  TemporaryFolder folder_;
};

TEST_F(RunFolderTest, AnyFileOfARunMakesTheFolderARuns) {
  EXPECT_FALSE(holds_run(folder_.path()));
  EXPECT_FALSE(holds_run(folder_.path() / "none"));
  write("notes.txt");
  EXPECT_FALSE(holds_run(folder_.path()));
  for (const char* name :
       {"last.safetensors", "best.safetensors", "model.safetensors", "epochs.csv", "config.toml"}) {
    write(name);
    EXPECT_TRUE(holds_run(folder_.path())) << name;
    fs::remove(folder_.path() / name);
  }
}

TEST_F(RunFolderTest, ARunIsGoneOnWithOrThrownAwayOnlyWhereThatIsSaid) {
  require_startable(folder_.path(), false, false);
  write("model.safetensors");
  require_startable(folder_.path(), true, false);
  require_startable(folder_.path(), false, true);
  const auto refused = caught([&] { require_startable(folder_.path(), false, false); });
  EXPECT_EQ(refused.code, ErrorCode::invalid_option);
  for (const char* option : {"--resume", "--restart", "--out"})
    EXPECT_NE(refused.message.find(option), std::string::npos) << refused.message;
  EXPECT_EQ(caught([&] { require_startable(folder_.path() / "none", true, true); }).code,
            ErrorCode::invalid_option);
}

TEST_F(RunFolderTest, DiscardTakesTheRunsFilesAlone) {
  for (const char* name :
       {"last.safetensors", "best.safetensors", "model.safetensors", "epochs.csv", "config.toml",
        "events.out.tfevents.17.cxrnet", "notes.txt", "other.safetensors"}) {
    write(name);
  }
  discard_run(folder_.path());
  EXPECT_EQ(names(), (std::set<std::string>{"notes.txt", "other.safetensors"}));
  discard_run(folder_.path() / "none");
}

}  // namespace
}  // namespace cxrnet::train
