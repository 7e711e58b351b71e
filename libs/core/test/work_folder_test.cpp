#include "cxrnet/core/work_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <optional>

#include "error_matchers.h"
#include "temporary_folder.h"

namespace cxrnet {
namespace {

// TMPDIR as given for the length of a test.
class TmpdirGuard {
 public:
  explicit TmpdirGuard(const std::string& value) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", value.c_str(), 1);
  }
  ~TmpdirGuard() {
    if (before_) {
      ::setenv("TMPDIR", before_->c_str(), 1);
    } else {
      ::unsetenv("TMPDIR");
    }
  }

 private:
  std::optional<std::string> before_;
};

TEST(WorkFolder, IsRemovedWithWhatItHolds) {
  std::filesystem::path path;
  {
    const WorkFolder folder("test");
    path = folder.path();
    std::ofstream(path / "file") << "content";
    EXPECT_TRUE(std::filesystem::exists(path / "file"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(WorkFolder, SaysWhatToDoWithoutATemporaryFolder) {
  const TmpdirGuard guard("/nowhere/at/all");
  const auto error = caught([] { const WorkFolder folder("figures"); });
  EXPECT_EQ(error.code, ErrorCode::write_failed);
  EXPECT_NE(error.message.find("TMPDIR"), std::string::npos);
}

}  // namespace
}  // namespace cxrnet
