// Appends to the list of an output folder, beside other processes that do the same.
#pragma once

#include <filesystem>
#include <string_view>

#include "cxrnet/core/output_record.h"
#include "file_descriptor.h"

namespace cxrnet {

class RecordLog {
 public:
  /// Rewrites a list in which most lines are of no more use.
  RecordLog(std::filesystem::path folder, const OutputRecord& record);

  /// Where the list may not be written (it is another user's), nothing is noted: what this run
  /// writes is then nobody's. Errors: disk_full.
  void append(std::string_view lines);

 private:
  bool open_and_lock();
  void compact();

  std::filesystem::path file_;
  FileDescriptor log_;
  bool starts_new_line_;  // since the last one was cut off
};

/// Removes temporary files of processes that have ended, if no other run works in the folder, and
/// keeps it marked as being worked in for as long as the descriptor that it gives is open.
FileDescriptor tidy_and_hold(const std::filesystem::path& folder);

}  // namespace cxrnet
