#include "cxrnet/train/reconstruction_task.h"

#include <ATen/Functions.h>

#include <limits>
#include <utility>
#include <vector>

#include "cxrnet/core/error.h"
#include "cxrnet/data/augmentation.h"
#include "cxrnet/nn/selection_loss.h"

namespace cxrnet::train {
namespace {

constexpr double kHiddenShare = 0.5;

// What is to be kept of `images` images: [N, 1, cells, cells] f32, 0 or 1.
at::Tensor kept_cells(int64_t images, uint64_t seed) {
  Random random(seed);
  std::vector<at::Tensor> kept;
  for (int64_t i = 0; i < images; ++i) {
    const double connected = random.uniform();
    kept.push_back(
        data::random_cells(data::kRemovalCells, kHiddenShare, connected, random).logical_not());
  }
  return at::stack(kept).unsqueeze(1).to(at::kFloat);
}

uint64_t drawn_seed() {
  return static_cast<uint64_t>(
      at::randint(std::numeric_limits<int64_t>::max(), {1}, at::kLong).item<int64_t>());
}

// Mean |drawn - image| over the pixels that are not kept.
at::Tensor error_where_hidden(const at::Tensor& drawn, const at::Tensor& image,
                              const at::Tensor& kept) {
  const auto hidden = 1.0 - at::upsample_nearest2d(kept, image.sizes().slice(2));
  return ((drawn.to(at::kFloat) - image).abs() * hidden).sum() / hidden.sum();
}

}  // namespace

ReconstructionTask::ReconstructionTask(nn::CxrNet network) : network_(std::move(network)) {
  if (network_->options().representation == nn::Representation::image) return;
  throw Error(
      ErrorCode::invalid_option,
      "autoencoder: expected a decoder that draws an image, got another representation; use "
      "--representation image");
}

void ReconstructionTask::prepare(const data::ShardDataset&, const std::vector<std::size_t>&,
                                 at::Device device) {
  device_ = device;
}

void ReconstructionTask::run_as_deployed(const at::Tensor& image) {
  const auto kept = kept_cells(image.size(0), drawn_seed()).to(image.device());
  network_->explain(nn::keep_selected(image, kept));
}

at::Tensor ReconstructionTask::loss(const data::Batch& batch) {
  const auto kept = kept_cells(batch.image.size(0), drawn_seed()).to(batch.image.device());
  const auto drawn = network_->explain(nn::keep_selected(batch.image, kept)).representation;
  return error_where_hidden(drawn, batch.image, kept);
}

Validation ReconstructionTask::validate(data::Loader& batches) {
  double error = 0.0;
  double blur_error = 0.0;
  int64_t images = 0;
  while (const auto batch = batches.next()) {
    const auto image = batch->image.to(device_);
    const auto kept = kept_cells(image.size(0), static_cast<uint64_t>(batch->number)).to(device_);
    const auto shown = nn::keep_selected(image, kept);
    const auto count = static_cast<double>(image.size(0));
    const auto drawn = network_->explain(shown).representation;
    error += error_where_hidden(drawn, image, kept).item<double>() * count;
    blur_error += error_where_hidden(shown, image, kept).item<double>() * count;
    images += image.size(0);
  }
  error /= static_cast<double>(images);
  blur_error /= static_cast<double>(images);
  return {.score = -error, .figures = {{"error", error}, {"blur_error", blur_error}}};
}

}  // namespace cxrnet::train
