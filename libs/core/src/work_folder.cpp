#include "cxrnet/core/work_folder.h"

#include <cstdlib>
#include <string>
#include <system_error>

#include "cxrnet/core/error.h"

namespace cxrnet {

namespace fs = std::filesystem;

WorkFolder::WorkFolder(std::string_view subject) {
  std::error_code failed;
  std::string name = (fs::temp_directory_path(failed) / "cxrnet-XXXXXX").string();
  if (failed || ::mkdtemp(name.data()) == nullptr) {
    throw Error(ErrorCode::write_failed,
                std::string(subject) +
                    ": expected a folder for temporary files that can be written, got none; "
                    "set TMPDIR to one");
  }
  path_ = name;
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace cxrnet
