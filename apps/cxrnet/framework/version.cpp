#include "framework/version.h"

#include <ATen/Context.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <regex>

#include "framework/command.h"
#ifndef CXRNET_MINIMAL
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>

#include <opencv2/core/version.hpp>
#endif

namespace cxrnet::app {
namespace {

// libtorch only tells it inside a paragraph: "Intel(R) MKL-DNN v2.7.3" or "oneDNN v3.4".
std::string onednn_version() {
  if (!at::hasMKLDNN()) return "absent";
  const std::string facts = at::get_mkldnn_version();
  std::smatch found;
  if (std::regex_search(facts, found, std::regex(R"(v(\d+\.\d+(\.\d+)?))"))) return found[1];
  return "present";
}

// Which BLAS serves libtorch is decided when the program is loaded, so the loaded libraries are
// asked.
std::string blas_name() {
  using GetConfig = char* (*)();
  if (void* symbol = ::dlsym(RTLD_DEFAULT, "openblas_get_config")) {
    return reinterpret_cast<GetConfig>(symbol)();
  }
  return at::hasMKL() ? "MKL" : "unknown (not OpenBLAS)";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> build_facts() {
  return {
      {"libtorch", TORCH_VERSION}, {"oneDNN", onednn_version()},
      {"BLAS", blas_name()},       {"CUDA", at::hasCUDA() ? "available" : "absent"},
#ifndef CXRNET_MINIMAL
      {"OpenCV", CV_VERSION},      {"DCMTK", OFFIS_DCMTK_VERSION_STRING},
#endif
      {"compiler", __VERSION__},
  };
}

std::string version_text() {
  std::string text = std::string("cxrnet ") + kVersion + "\n";
  for (const auto& [name, value] : build_facts()) text += "  " + name + ": " + value + "\n";
  return text + kResearchUse;
}

}  // namespace cxrnet::app
