#include "figures/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "cxrnet/core/child_process.h"
#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/work_folder.h"

namespace cxrnet::report {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMessages = "messages.txt";
constexpr std::size_t kLongestMessage = 300;

// What the child does before it becomes gnuplot: works in `folder`, reads nothing, writes its words
// to a file.
class FileActions {
 public:
  explicit FileActions(const fs::path& folder) {
    const std::string messages(kMessages);
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, messages.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
  }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

std::string name_of_script(const Drawing& drawing) { return drawing.name + ".gp"; }

// The status as waitpid gives it.
int run_in(const fs::path& folder, const Drawing& drawing) {
  std::string program = "gnuplot";
  std::string plain = "-d";  // without the user's and the system's start files
  std::string script = name_of_script(drawing);
  const std::array<char*, 4> arguments{program.data(), plain.data(), script.data(), nullptr};
  const FileActions actions(folder);
  const ChildAttributes attributes;
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, program.c_str(), actions.get(), attributes.get(),
                                    arguments.data(), environ);
  if (failed == ENOENT || failed == EACCES) {
    throw Error(ErrorCode::not_found,
                "figures: expected the program gnuplot on PATH, got none; install it (Debian: "
                "gnuplot-nox) and run the command again, which draws what is missing");
  }
  if (failed != 0) {
    throw Error(ErrorCode::internal, "figures: expected to start gnuplot, got '" +
                                         std::string(std::strerror(failed)) +
                                         "'; free memory or processes and run the command again");
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string own_words(const fs::path& folder) {
  std::string words = read_file(folder / kMessages);
  words.resize(std::min(words.size(), kLongestMessage));
  std::replace(words.begin(), words.end(), '\n', ' ');
  return words.empty() ? "nothing" : "'" + words + "'";
}

[[noreturn]] void throw_failed(const Drawing& drawing, int status, const fs::path& folder) {
  const std::string end = WIFSIGNALED(status)
                              ? "ended by signal " + std::to_string(WTERMSIG(status))
                              : "status " + std::to_string(WEXITSTATUS(status));
  throw Error(ErrorCode::internal, "figure " + drawing.name +
                                       ": expected a picture from gnuplot, got " + end +
                                       " and the words " + own_words(folder) +
                                       "; see that gnuplot is version 5.4 or later and that there "
                                       "is space for temporary files");
}

bool is_harmless(char letter) {
  constexpr std::string_view kSigns = " .,:;()+-/=%*_<>#|";
  const auto code = static_cast<unsigned char>(letter);
  return code >= 0x80 || (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
         (code >= 'A' && code <= 'Z') || kSigns.find(letter) != std::string_view::npos;
}

}  // namespace

std::string plot_string(std::string_view text) {
  std::string string = "'";
  for (const char letter : text) string += is_harmless(letter) ? letter : '?';
  return string + "'";
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char letter : text) field += letter == '"' ? "\"\"" : std::string(1, letter);
  return field + "\"";
}

std::string whole_script(const Drawing& drawing) {
  return "# Draws " + drawing.name + ".svg from " + drawing.name + ".csv: gnuplot " +
         name_of_script(drawing) + "\nset encoding utf8\nset terminal svg size " +
         std::to_string(drawing.width) + "," + std::to_string(drawing.height) +
         " dynamic noenhanced font 'sans-serif,13' background rgb 'white'\nset output '" +
         drawing.name + ".svg'\nset datafile separator comma\n" + drawing.script + "unset output\n";
}

std::string run_gnuplot(const Drawing& drawing) {
  const WorkFolder folder("figures");
  write_file_atomically(folder.path() / (drawing.name + ".csv"), drawing.csv);
  write_file_atomically(folder.path() / name_of_script(drawing), whole_script(drawing));
  const int status = run_in(folder.path(), drawing);
  const fs::path picture = folder.path() / (drawing.name + ".svg");
  std::error_code missing;
  if (status != 0 || fs::file_size(picture, missing) == 0 || missing) {
    throw_failed(drawing, status, folder.path());
  }
  const std::string svg = read_file(picture);
  if (svg.find("</svg>") == std::string::npos) throw_failed(drawing, status, folder.path());
  return svg;
}

}  // namespace cxrnet::report
