#include "record_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <system_error>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "temporary_file.h"

namespace cxrnet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kUselessLines = 10000;  // and more than those of use: the list is rewritten

// Unlocks at the end of its life. File systems without locks are used without.
class Lock {
 public:
  explicit Lock(int descriptor) : descriptor_(descriptor) { ::flock(descriptor_, LOCK_EX); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { ::flock(descriptor_, LOCK_UN); }

 private:
  int descriptor_;
};

bool has_name(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && status.st_nlink > 0;
}

const time_t kStarted = ::time(nullptr);  // of this process, or a little after

// An earlier process may have had this one's number.
bool is_left_over(const fs::path& file, pid_t maker) {
  if (maker != ::getpid()) return ::kill(maker, 0) != 0 && errno == ESRCH;
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && status.st_mtime + 1 < kStarted;
}

}  // namespace

RecordLog::RecordLog(fs::path folder, const OutputRecord& record)
    : file_(std::move(folder) / OutputRecord::kFileName), starts_new_line_(record.cut_off()) {
  if (record.lines() > 2 * record.useful_lines() + kUselessLines) compact();
}

// What other processes have added since the record was read must not be lost.
void RecordLog::compact() {
  FileDescriptor log(::open(file_.c_str(), O_WRONLY | O_CLOEXEC));
  if (log.get() < 0) return;
  const Lock lock(log.get());
  if (!has_name(log.get())) return;  // another process has just done so
  try {
    write_file_atomically(file_, OutputRecord::read(file_.parent_path()).text());
    starts_new_line_ = false;
  } catch (const Error&) {  // the long list does as well
  }
}

void RecordLog::append(std::string_view lines) {
  while (true) {
    if (log_.get() < 0) {
      log_ = FileDescriptor(
          ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    }
    if (log_.get() < 0) {
      if (errno == ENOSPC || errno == EDQUOT) throw_write_error(errno);
      return;
    }
    const Lock lock(log_.get());
    if (has_name(log_.get())) {
      if (std::exchange(starts_new_line_, false)) write_all(log_.get(), "\n");
      return write_all(log_.get(), lines);
    }
    log_ = FileDescriptor();  // it was rewritten: take the new one
  }
}

FileDescriptor tidy_and_hold(const fs::path& folder) {
  FileDescriptor held(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (::flock(held.get(), LOCK_EX | LOCK_NB) == 0) {
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      const pid_t maker = maker_of(entry->path());
      if (maker != 0 && is_left_over(entry->path(), maker)) ::unlink(entry->path().c_str());
    }
  }
  ::flock(held.get(), LOCK_SH | LOCK_NB);
  return held;
}

}  // namespace cxrnet
