#include "cxrnet/train/warm_start.h"

#include <ATen/core/grad_mode.h>

#include <map>
#include <string>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/cxr_net.h"
#include "state.h"

namespace cxrnet::train {
namespace {

bool is_of_decoder(const std::string& name) { return name.rfind("decoder.", 0) == 0; }

[[noreturn]] void reject(const std::string& name) {
  throw Error(ErrorCode::invalid_option,
              "initial model: expected an encoder and a head like those to be trained, got others "
              "at '" +
                  name + "'; repeat its --architecture, --width and --input-channels");
}

}  // namespace

void start_from(nn::CxrNet& network, const nn::CxrNet& source) {
  const at::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> learnt;
  for (const auto& [name, tensor] : state_of(*source)) learnt[name] = tensor;
  for (const auto& [name, tensor] : state_of(*network)) {
    const auto found = learnt.find(name);
    const bool fits = found != learnt.end() && found->second.sizes() == tensor.sizes();
    if (fits) {
      tensor.copy_(found->second);
    } else if (!is_of_decoder(name)) {
      reject(name);
    }
  }
}

}  // namespace cxrnet::train
