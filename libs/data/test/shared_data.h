// The real data set, where a machine has it: $CXRNET_SHARED, else the folder `shared` beside the
// checkout.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace cxrnet::data {

inline std::filesystem::path cxr4_folder() {
  const char* shared = std::getenv("CXRNET_SHARED");
  const std::filesystem::path root =
      shared ? std::filesystem::path(shared)
             : std::filesystem::path(CXRNET_SOURCE_DIR) / ".." / "shared";
  return root / "data" / "cxr4";
}

#define CXRNET_SKIP_WITHOUT_CXR4()                                                           \
  if (!std::filesystem::exists(cxrnet::data::cxr4_folder() / "manifest.csv"))                \
  GTEST_SKIP()                                                                               \
      << "SKIPPED: the real data set cxr4 is not on this machine; set CXRNET_SHARED to the " \
         "folder that holds data/cxr4"

}  // namespace cxrnet::data
