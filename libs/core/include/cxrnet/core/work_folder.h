// A folder for files that only the work at hand needs.
#pragma once

#include <filesystem>
#include <string_view>

namespace cxrnet {

/// Created below the system's folder for temporary files (TMPDIR), removed with everything in it at
/// the end of its life.
class WorkFolder {
 public:
  /// `subject` is what an error speaks of, such as "figures". Errors: write_failed.
  explicit WorkFolder(std::string_view subject);
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace cxrnet
