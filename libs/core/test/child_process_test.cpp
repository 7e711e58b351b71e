#include "cxrnet/core/child_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace cxrnet {
namespace {

// A shell that sends itself the signal ends by it, unless it had inherited that it is blocked.
TEST(ChildProcess, TakesSignalsThatThisProcessBlocksOrIgnores) {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &blocked, &before), 0);
  char shell[] = "sh", option[] = "-c", script[] = "kill -TERM $$; exit 7";
  char* const arguments[] = {shell, option, script, nullptr};
  const ChildAttributes attributes;
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, "sh", nullptr, attributes.get(), arguments, environ);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ASSERT_EQ(failed, 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

}  // namespace
}  // namespace cxrnet
