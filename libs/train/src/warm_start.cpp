#include "cxrnet/train/warm_start.h"

#include <ATen/core/grad_mode.h>

#include <map>
#include <string>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/unet.h"
#include "state.h"

namespace cxrnet::train {
namespace {

bool is_of_decoder(const std::string& name) { return name.rfind("decoder.", 0) == 0; }

// Copies what both have in the same shape; `must_fit` tells of the rest whether that is an error.
template <class MustFit>
void copy_fitting(torch::nn::Module& network, const torch::nn::Module& source,
                  const std::string& expected, const MustFit& must_fit) {
  const at::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> learnt;
  for (const auto& [name, tensor] : state_of(source)) learnt[name] = tensor;
  for (const auto& [name, tensor] : state_of(network)) {
    const auto found = learnt.find(name);
    const bool fits = found != learnt.end() && found->second.sizes() == tensor.sizes();
    if (fits) {
      tensor.copy_(found->second);
    } else if (must_fit(name)) {
      throw Error(ErrorCode::invalid_option,
                  "initial model: expected " + expected + ", got others at '" + name + "'");
    }
  }
}

}  // namespace

void start_from(nn::CxrNet& network, const nn::CxrNet& source) {
  copy_fitting(*network, *source,
               "an encoder and a head like those to be trained (repeat its --architecture, --width "
               "and --input-channels)",
               [](const std::string& name) { return !is_of_decoder(name); });
}

void start_from(nn::UNet& network, const nn::UNet& source) {
  copy_fitting(*network, *source,
               "levels like those to be trained (repeat its --base-width and --levels)",
               [](const std::string&) { return true; });
}

}  // namespace cxrnet::train
