// What this program was built from.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cxrnet::app {

inline constexpr const char* kVersion = CXRNET_VERSION;

/// Library and version of everything that shapes the numbers: libtorch, oneDNN, the BLAS in use,
/// OpenCV, DCMTK.
std::vector<std::pair<std::string, std::string>> build_facts();

/// The text of `cxrnet --version`: version, build facts, research-use notice.
std::string version_text();

}  // namespace cxrnet::app
