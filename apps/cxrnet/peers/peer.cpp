#include "peers/peer.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "cxrnet/core/child_process.h"
#include "cxrnet/core/error.h"

namespace cxrnet::app {
namespace {

constexpr std::size_t kLongestReason = 300;

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw Error(ErrorCode::internal, "peer: expected a pipe, got '" +
                                         std::string(std::strerror(errno)) +
                                         "'; close other programs and run the command again");
  }
  return {.read = ends[0], .write = ends[1]};
}

// The child's side: `input` and `output` as standard streams, its words on standard error dropped.
pid_t spawn(const std::vector<std::string>& command, int input, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  auto copies = command;
  std::vector<char*> arguments;
  for (auto& argument : copies) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const ChildAttributes attributes;
  const int failed =
      ::posix_spawnp(&child, arguments[0], &actions, attributes.get(), arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? child : 0;
}

}  // namespace

Peer::Peer(std::string name, const std::vector<std::string>& command) : name_(std::move(name)) {
  ::signal(SIGPIPE, SIG_IGN);  // a peer that ended is an error, not our end
  const auto input = open_pipe();
  const auto output = open_pipe();
  child_ = spawn(command, input.read, output.write);
  ::close(input.read);
  ::close(output.write);
  to_child_ = input.write;
  from_child_ = output.read;
  const auto greeting = child_ == 0 ? "failed: no program " + command[0] : read_line();
  if (!greeting.starts_with("ready ")) {
    stop();
    throw Error(ErrorCode::not_found, name_ + ": expected it to start, got '" +
                                          greeting.substr(0, kLongestReason) +
                                          "'; install it, or leave it out of --against");
  }
  name_ += greeting.substr(std::strlen("ready"));
}

Peer::~Peer() { stop(); }

void Peer::stop() {
  if (to_child_ >= 0) ::close(to_child_);  // it ends when it has nothing more to read
  if (from_child_ >= 0) ::close(from_child_);
  if (child_ == 0) return;
  ::kill(child_, SIGTERM);
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

double Peer::run(int64_t times) {
  const double seconds = std::strtod(ask("run " + std::to_string(times)).c_str(), nullptr);
  if (seconds > 0.0) return seconds;
  throw Error(ErrorCode::internal,
              name_ +
                  ": expected the seconds of a run, got something else; leave it out of "
                  "--against");
}

void Peer::answer() { ask("answer"); }

std::string Peer::ask(const std::string& line) {
  const auto message = line + "\n";
  const bool sent =
      ::write(to_child_, message.data(), message.size()) == static_cast<ssize_t>(message.size());
  auto reply = sent ? read_line() : std::string();
  if (reply.empty() || reply.starts_with("failed")) {
    throw Error(ErrorCode::internal, name_ + ": expected an answer, got '" +
                                         reply.substr(0, kLongestReason) +
                                         "'; leave it out of --against");
  }
  return reply;
}

std::string Peer::read_line() {
  std::array<char, 4096> bytes{};
  while (unread_.find('\n') == std::string::npos) {
    const auto count = ::read(from_child_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::exchange(unread_, "");
    unread_.append(bytes.data(), static_cast<std::size_t>(count));
  }
  const auto end = unread_.find('\n');
  auto line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return line;
}

}  // namespace cxrnet::app
