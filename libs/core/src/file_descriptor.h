// An open file of the system's, and what its errors are called.
#pragma once

#include <unistd.h>

#include <string_view>
#include <utility>

namespace cxrnet {

class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor = -1) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileDescriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

/// Errors: not_found, unreadable.
[[noreturn]] void throw_read_error(int error_number);

/// Errors: disk_full, write_failed.
[[noreturn]] void throw_write_error(int error_number);

/// Errors: as throw_write_error.
void write_all(int descriptor, std::string_view bytes);

}  // namespace cxrnet
