#include "cxrnet/nn/labels.h"

#include <string>

#include "cxrnet/core/error.h"

namespace cxrnet::nn {

int64_t label_index(std::string_view label) {
  std::string valid;
  for (std::size_t i = 0; i < kLabels.size(); ++i) {
    if (kLabels[i] == label) return static_cast<int64_t>(i);
    valid += (valid.empty() ? "" : ", ") + std::string(kLabels[i]);
  }
  throw Error(ErrorCode::invalid_option, "label: expected one of " + valid + ", got '" +
                                             std::string(label) + "'; choose one of these");
}

}  // namespace cxrnet::nn
