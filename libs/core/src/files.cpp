#include "cxrnet/core/files.h"

#include <cerrno>
#include <exception>
#include <optional>
#include <utility>

#include "temporary_file.h"
#include "write_target.h"

namespace cxrnet {

// Either a temporary file beside its later self, or a stream.
struct GrowingFile::State {
  WriteTarget target;
  std::optional<TemporaryFile> temporary = {};
  std::exception_ptr failure = {};  // of an append, which may have written a part

  int descriptor() const { return temporary ? temporary->file.get() : target.stream->get(); }
};

GrowingFile::GrowingFile(const std::filesystem::path& path)
    : state_(std::make_unique<State>(State{.target = write_target(path)})) {
  if (!state_->target.stream) state_->temporary.emplace(create_sibling(state_->target.file));
}

GrowingFile::~GrowingFile() = default;

void GrowingFile::append(std::string_view bytes) {
  if (state_->failure) std::rethrow_exception(state_->failure);
  try {
    write_all(state_->descriptor(), bytes);
  } catch (...) {
    state_->failure = std::current_exception();
    throw;
  }
}

void GrowingFile::commit() {
  if (state_->failure) std::rethrow_exception(state_->failure);
  if (!state_->temporary) return;
  if (::fsync(state_->descriptor()) != 0) throw_write_error(errno);
  state_->temporary->name.rename_to(state_->target.file);
  sync_folder(folder_of(state_->target.file));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  GrowingFile file(path);
  file.append(bytes);
  file.commit();
}

}  // namespace cxrnet
