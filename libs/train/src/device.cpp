#include "device.h"

#include <ATen/Context.h>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/initialisation.h"

namespace cxrnet::train {

at::Device resolve_device(Device wanted) {
  const bool has_cuda = at::hasCUDA();
  if (wanted == Device::cuda && !has_cuda) {
    throw Error(
        ErrorCode::invalid_option,
        "device: expected a libtorch with CUDA and a GPU, got neither; use --device cpu or auto");
  }
  return wanted == Device::cpu || !has_cuda ? at::Device(at::kCPU) : at::Device(at::kCUDA, 0);
}

void place_network(torch::nn::Module& network, at::Device device, bool channels_last) {
  network.to(device);
  if (channels_last) nn::use_channels_last(network);
}

data::Batch on_device(data::Batch batch, at::Device device, bool channels_last) {
  const auto moved = [&](const at::Tensor& tensor) {
    return tensor.to(device, /*non_blocking=*/device.is_cuda());
  };
  batch.image = moved(batch.image);
  if (channels_last) batch.image = batch.image.contiguous(at::MemoryFormat::ChannelsLast);
  batch.target = moved(batch.target);
  if (batch.mask.defined()) batch.mask = moved(batch.mask);
  return batch;
}

}  // namespace cxrnet::train
