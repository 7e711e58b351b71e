// The real program beside the test: started, watched, sent signals, waited for.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "test/temporary_folder.h"

namespace cxrnet::app {

/// One run of `cxrnet <arguments>` (a shell's words), standard error as a stream.
class ProgramRun {
 public:
  explicit ProgramRun(const std::string& arguments, const std::string& before = "") {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    messages_ = ends[0];
    const auto command = before + " exec '" CXRNET_PROGRAM "' " + arguments + " >" +
                         (folder_.path() / "out").string();
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(ends[1], STDERR_FILENO);
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    process_ = static_cast<int>(::syscall(SYS_pidfd_open, child_, 0));
    EXPECT_GE(process_, 0);
  }
  ProgramRun(const ProgramRun&) = delete;
  ProgramRun& operator=(const ProgramRun&) = delete;
  ~ProgramRun() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::close(messages_);
    ::close(process_);
  }

  void signal(int number) const { ::kill(child_, number); }

  /// Reads standard error until it holds `text`; false when the program ends before.
  bool says(const std::string& text) {
    char buffer[4096];
    while (said_.find(text) == std::string::npos) {
      const ssize_t got = ::read(messages_, buffer, sizeof buffer);
      if (got <= 0) return false;
      said_.append(buffer, static_cast<std::size_t>(got));
    }
    return true;
  }

  /// Waits until another of the things happens that `watch` (of inotify) looks for; false when the
  /// program ends before.
  bool until_event(int watch) const {
    pollfd both[2] = {{watch, POLLIN, 0}, {process_, POLLIN, 0}};
    ::poll(both, 2, -1);
    if ((both[0].revents & POLLIN) == 0) return false;
    alignas(inotify_event) char event[sizeof(inotify_event) + NAME_MAX + 1];
    return ::read(watch, event, sizeof event) > 0;
  }

  /// The exit status; of a program that a signal ended, 128 plus the signal's number, as shells
  /// tell it.
  int finish() {
    says("\x04 never said");
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  const std::string& messages() const { return said_; }
  std::string out() const { return read_text(folder_.path() / "out"); }

 private:
  const TemporaryFolder folder_;
  int messages_ = -1, process_ = -1;
  pid_t child_ = -1;
  std::string said_;
};

}  // namespace cxrnet::app
