#include <exception>
#include <future>
#include <mutex>
#include <set>
#include <utility>

#include "cxrnet/core/files.h"
#include "temporary_file.h"
#include "write_target.h"

namespace cxrnet {
namespace {

constexpr std::size_t kMostPending = 192;  // files

struct PendingFile {
  TemporaryName temporary;
  std::filesystem::path target;
  std::filesystem::path path;  // as it was given
};

using Failures = std::vector<FailedFile>;

// A file that cannot have its name leaves the others alone.
Failures commit_all(std::vector<PendingFile>& files) {
  std::set<std::filesystem::path> folders;
  for (const auto& file : files) folders.insert(folder_of(file.target));
  for (const auto& folder : folders) sync_file_system(folder);
  Failures failures;
  for (auto& file : files) {
    try {
      file.temporary.rename_to(file.target);
    } catch (const Error& error) {
      failures.push_back({file.path, error});
    }
  }
  files.clear();
  for (const auto& folder : folders) sync_folder(folder);
  return failures;
}

}  // namespace

struct PendingFiles::State {
  void await_earlier();
  void commit_beside();
  void keep(Failures more) { failures.insert(failures.end(), more.begin(), more.end()); }

  std::mutex mutex;
  std::vector<PendingFile> files;
  std::future<Failures> under_way;  // the commit of earlier files, in a thread of its own
  Failures failures;
  std::exception_ptr lost;  // what the disk said when it was to hold earlier files
};

void PendingFiles::State::await_earlier() {
  if (!under_way.valid()) return;
  try {
    keep(under_way.get());
  } catch (...) {
    if (!lost) lost = std::current_exception();
  }
}

// Files come no faster than the disk takes them.
void PendingFiles::State::commit_beside() {
  await_earlier();
  const auto batch = std::make_shared<std::vector<PendingFile>>();
  batch->swap(files);
  try {
    under_way = std::async(std::launch::async, [batch] { return commit_all(*batch); });
  } catch (const std::exception&) {  // the system gives no more threads, or no memory for one
    keep(commit_all(*batch));
  }
}

PendingFiles::PendingFiles() : state_(std::make_unique<State>()) {}

PendingFiles::~PendingFiles() = default;

void PendingFiles::add(const std::filesystem::path& path, std::string_view bytes) {
  auto target = write_target(path);
  if (target.stream) return write_all(target.stream->get(), bytes);
  auto temporary = create_sibling(target.file);
  write_all(temporary.file.get(), bytes);
  const std::lock_guard lock(state_->mutex);
  if (state_->lost) std::rethrow_exception(state_->lost);
  state_->files.push_back({std::move(temporary.name), std::move(target.file), path});
  if (state_->files.size() >= kMostPending) state_->commit_beside();
}

std::vector<FailedFile> PendingFiles::commit() {
  const std::lock_guard lock(state_->mutex);
  state_->await_earlier();
  if (state_->lost) std::rethrow_exception(state_->lost);
  state_->keep(commit_all(state_->files));
  return std::exchange(state_->failures, {});
}

}  // namespace cxrnet
