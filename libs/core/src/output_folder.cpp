#include "cxrnet/core/output_folder.h"

#include <sys/stat.h>

#include <cerrno>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

#include "cxrnet/core/fingerprint.h"
#include "record_log.h"
#include "temporary_file.h"
#include "write_target.h"

namespace cxrnet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOneOfMany = "output";

fs::path created(fs::path folder) {
  std::error_code failure, ignored;
  fs::create_directories(folder, failure);
  if (fs::is_directory(folder, ignored)) return folder;
  if (failure == std::errc::no_space_on_device) throw_write_error(ENOSPC);
  const std::string got = fs::exists(folder, ignored) ? "a file" : "'" + failure.message() + "'";
  throw Error(ErrorCode::write_failed, "out: expected a folder or a name for a new one, got " +
                                           got + "; choose another with --out");
}

// A file is made and removed again: permissions alone do not tell.
fs::path tried(fs::path folder) {
  create_sibling(folder / "x");
  return folder;
}

// `subject`: a name that the program or its user chose, never one that comes from an input's.
[[noreturn]] void throw_exists(const std::string& subject, const std::string& got) {
  throw Error(ErrorCode::output_exists,
              subject +
                  ": expected a free name or a file that cxrnet wrote and nobody changed, got " +
                  got);
}

bool is_of_content(const fs::path& file, const WrittenFile& content) {
  OutputRecord record;
  record.note_file(file.filename().string(), content);
  return record.wrote(file);
}

}  // namespace

struct OutputFolder::State {
  fs::path folder;
  Replace replace;
  FileDescriptor held;  // marks the folder as being worked in
  OutputRecord record;
  RecordLog log;
  std::set<fs::path> inputs = {};
  std::set<std::string> taken = {};  // names of this run
  std::vector<FailedFile> failures = {};
  PendingFiles pending = {};
  std::mutex mutex = {};

  void require_replaceable(const fs::path& file, const std::string& subject,
                           const WrittenFile* content) const;
  void enter(const std::string& name, const WrittenFile& file);
};

// Errors: output_exists, write_failed.
void OutputFolder::State::require_replaceable(const fs::path& file, const std::string& subject,
                                              const WrittenFile* content) const {
  struct stat status {};
  if (is_stream(file) || ::stat(file.c_str(), &status) != 0) return;
  if (S_ISDIR(status.st_mode)) throw_write_error(EISDIR);
  std::error_code failed;
  if (inputs.count(fs::weakly_canonical(file, failed)) != 0)
    throw_exists(subject, "an input of this run; choose another name");
  if (status.st_size == 0 || replace == Replace::all_files || record.wrote(file)) return;
  if (content != nullptr && is_of_content(file, *content)) return;
  throw_exists(
      subject,
      "another file; move it away, choose another folder, or give --overwrite to replace it");
}

// Before the file has its name: a run that is killed in between leaves a line too many, never a
// file that nobody knows.
void OutputFolder::State::enter(const std::string& name, const WrittenFile& file) {
  if (is_stream(folder / name) || record.contains(name, file)) return;
  log.append(OutputRecord::file_line(name, file));
  record.note_file(name, file);
}

OutputFolder::OutputFolder(fs::path folder, Replace replace,
                           const std::vector<std::string>& names) {
  folder = tried(created(std::move(folder)));
  auto held = tidy_and_hold(folder);
  auto record = OutputRecord::read(folder);
  RecordLog log(folder, record);
  state_.reset(new State{.folder = std::move(folder),
                         .replace = replace,
                         .held = std::move(held),
                         .record = std::move(record),
                         .log = std::move(log)});
  for (const auto& name : names) claim(name);
}

OutputFolder::~OutputFolder() = default;

OutputFolder::OutputFolder(OutputFolder&& other) noexcept = default;

const fs::path& OutputFolder::path() const { return state_->folder; }

OutputRecord OutputFolder::record() const {
  const std::lock_guard lock(state_->mutex);
  return state_->record;
}

void OutputFolder::protect(std::vector<fs::path> inputs) {
  const std::lock_guard lock(state_->mutex);
  state_->inputs.insert(inputs.begin(), inputs.end());
}

void OutputFolder::claim(const std::string& name) {
  const std::lock_guard lock(state_->mutex);
  state_->require_replaceable(state_->folder / name, name, nullptr);
  if (!state_->taken.insert(name).second)
    throw_exists(name, "the name of another output of this run; choose another name");
}

void OutputFolder::write(const std::string& name, std::string_view bytes, OutputKind kind) {
  {
    const WrittenFile file{kind, bytes.size(), fingerprint_of(bytes)};
    const std::lock_guard lock(state_->mutex);
    state_->require_replaceable(state_->folder / name, name, &file);
    state_->taken.insert(name);
    state_->enter(name, file);
  }
  write_file_atomically(state_->folder / name, bytes);
}

void OutputFolder::add(const std::string& name, std::string_view bytes, OutputKind kind) {
  const WrittenFile file{kind, bytes.size(), fingerprint_of(bytes)};
  try {
    {
      const std::lock_guard lock(state_->mutex);
      state_->require_replaceable(state_->folder / name, kOneOfMany, &file);
      if (!state_->taken.insert(name).second)
        throw_exists(kOneOfMany, "the name of another one of this run");
      state_->enter(name, file);
    }
    state_->pending.add(state_->folder / name, bytes);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::disk_full) throw;
    const std::lock_guard lock(state_->mutex);
    state_->failures.push_back({state_->folder / name, error});
  }
}

std::vector<FailedFile> OutputFolder::commit() {
  auto failed = state_->pending.commit();
  const std::lock_guard lock(state_->mutex);
  failed.insert(failed.end(), state_->failures.begin(), state_->failures.end());
  state_->failures.clear();
  return failed;
}

void OutputFolder::note_stem(const std::string& stem, const std::string& owner) {
  const std::lock_guard lock(state_->mutex);
  if (state_->record.owner_of(stem) == owner) return;
  state_->log.append(OutputRecord::stem_line(stem, owner));
  state_->record.note_stem(stem, owner);
}

struct GrowingOutput::State {
  State(OutputFolder::State& in, std::string as)
      : folder(in), name(std::move(as)), file(in.folder / name) {}

  OutputFolder::State& folder;
  std::string name;
  GrowingFile file;
  Fingerprint fingerprint = {};
  uintmax_t bytes = 0;
};

GrowingOutput::GrowingOutput(OutputFolder& folder, std::string name) {
  folder.claim(name);
  state_ = std::make_unique<State>(*folder.state_, std::move(name));
}

GrowingOutput::~GrowingOutput() = default;

void GrowingOutput::append(std::string_view bytes) {
  state_->file.append(bytes);
  state_->fingerprint.update(bytes);
  state_->bytes += bytes.size();
}

void GrowingOutput::commit() {
  {
    const WrittenFile file{OutputKind::file, state_->bytes, state_->fingerprint.hex()};
    const std::lock_guard lock(state_->folder.mutex);
    state_->folder.require_replaceable(state_->folder.folder / state_->name, state_->name, &file);
    state_->folder.enter(state_->name, file);
  }
  state_->file.commit();
}

OutputFile::OutputFile(fs::path file, Replace replace, OutputFolder* among)
    : file_(std::move(file)) {
  if (cxrnet::is_stream(file_)) return;
  if (file_.filename().empty()) throw_write_error(EISDIR);
  const auto folder = folder_of(file_);
  std::error_code failed;
  if (!fs::is_directory(folder, failed)) throw_write_error(ENOENT);
  if (among != nullptr && fs::equivalent(folder, among->path(), failed)) {
    folder_ = among;
  } else {
    own_ = std::make_unique<OutputFolder>(folder, replace);
    folder_ = own_.get();
  }
  folder_->claim(file_.filename().string());
}

void OutputFile::protect(const std::vector<fs::path>& inputs) {
  if (folder_ == nullptr) return;
  folder_->protect(inputs);
  std::error_code failed;
  const auto target = fs::weakly_canonical(file_, failed);
  for (const auto& input : inputs) {
    if (input == target)
      throw_exists(file_.filename().string(), "an input of this run; choose another name");
  }
}

void OutputFile::write(std::string_view bytes) {
  if (folder_ == nullptr) return write_file_atomically(file_, bytes);
  folder_->write(file_.filename().string(), bytes);
}

std::string OutputFile::beside(const std::string& ending) const {
  return fs::path(file_.filename()).replace_extension(ending).string();
}

void OutputFile::claim_beside(const std::string& ending) {
  if (folder_ != nullptr) folder_->claim(beside(ending));
}

void OutputFile::write_beside(const std::string& ending, std::string_view bytes) {
  if (folder_ != nullptr) folder_->write(beside(ending), bytes);
}

}  // namespace cxrnet
