#include "batch_maker.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <algorithm>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/core/random.h"
#include "cxrnet/data/image_codec.h"
#include "cxrnet/data/sampler.h"
#include "cxrnet/nn/labels.h"

namespace cxrnet::data {
namespace {

constexpr uint64_t kMixingStream =
    0x6D69787570ULL;  // keeps the seeds of batches apart from those of samples

void require_option(bool valid, const std::string& expected_got_remedy) {
  if (!valid) throw Error(ErrorCode::invalid_option, "loader " + expected_got_remedy);
}

void require_at_least(int64_t minimum, int64_t value, const std::string& name) {
  require_option(value >= minimum, name + ": expected at least " + std::to_string(minimum) +
                                       ", got " + std::to_string(value) + "; raise it");
}

void check_options(const LoaderOptions& options) {
  require_at_least(1, options.batch_size, "batch size");
  require_at_least(0, options.image_size, "image size");
  require_at_least(0, options.workers, "workers");
  require_at_least(1, options.prefetch, "prefetch");
  require_option(options.label_smoothing >= 0.0 && options.label_smoothing < 1.0,
                 "label smoothing: expected 0 to below 1, got " +
                     std::to_string(options.label_smoothing) + "; lower it");
  if (options.augment) validate(*options.augment);
}

void check_indices(const ShardDataset& dataset, const std::vector<std::size_t>& indices,
                   bool masks) {
  require_option(!indices.empty(),
                 "indices: expected at least one sample, got none; choose another split");
  for (const std::size_t index : indices) {
    require_option(index < dataset.size(),
                   "indices: expected less than " + std::to_string(dataset.size()) + ", got " +
                       std::to_string(index) + "; select from this data set");
    require_option(!masks || !dataset[index].mask.empty(),
                   "masks: expected one for every sample, got none for record " +
                       std::to_string(index) + "; leave such samples out");
  }
}

// [1, H, W] f32 to [1, size, size], low-pass filtered on the way down so that fine ribs do not
// alias.
at::Tensor resize(const at::Tensor& image, int64_t size) {
  if (image.size(1) == size) return image;
  const auto batch = image.unsqueeze(0);
  const auto resized =
      size < image.size(1)
          ? at::_upsample_bilinear2d_aa(batch, {size, size}, /*align_corners=*/false)
          : at::upsample_bilinear2d(batch, {size, size}, /*align_corners=*/false);
  return resized.squeeze(0);
}

void pin(Batch& batch) {
  for (auto* tensor : {&batch.image, &batch.target, &batch.mask}) {
    if (tensor->defined()) *tensor = tensor->pin_memory();
  }
}

at::Tensor require_stored_size(at::Tensor image, int64_t size) {
  if (image.size(0) == size && image.size(1) == size) return image;
  throw Error(ErrorCode::corrupt_shard, "image: expected " + std::to_string(size) + " x " +
                                            std::to_string(size) + " pixels, got " +
                                            std::to_string(image.size(1)) + " x " +
                                            std::to_string(image.size(0)) + "; run prepare again");
}

}  // namespace

BatchMaker::BatchMaker(const ShardDataset& dataset, std::vector<std::size_t> indices,
                       const LoaderOptions& options)
    : dataset_(dataset),
      indices_(std::move(indices)),
      labels_(dataset.labels()),
      options_(options) {
  check_options(options_);
  check_indices(dataset_, indices_, options_.masks);
  if (options_.image_size == 0) options_.image_size = dataset_.preprocessing().size;
}

EpochPlan BatchMaker::plan(int64_t epoch) const {
  EpochPlan plan{epoch, indices_, {}};
  if (options_.balanced) {
    plan.order = balanced_order(indices_, labels_, options_.seed, epoch);
  } else if (options_.shuffle) {
    plan.order = shuffled_order(indices_, options_.seed, epoch);
  }
  plan.repeats = repeat_counts(plan.order);
  return plan;
}

int64_t BatchMaker::batches_per_epoch() const {
  const auto samples = static_cast<int64_t>(indices_.size());
  return options_.drop_last ? samples / options_.batch_size
                            : (samples + options_.batch_size - 1) / options_.batch_size;
}

Batch BatchMaker::make(const EpochPlan& plan, int64_t number) const {
  const c10::NoGradGuard no_grad;
  // The caller may hold autocast, which would round the sampling grid.
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const auto first = static_cast<std::size_t>(number * options_.batch_size);
  const auto last =
      std::min(first + static_cast<std::size_t>(options_.batch_size), plan.order.size());
  const auto side = options_.image_size;
  const auto count = static_cast<int64_t>(last - first);
  Batch batch;
  std::vector<bool> is_blank;
  batch.number = number;
  batch.image = at::empty({count, 1, side, side}, at::TensorOptions().dtype(at::kFloat));
  if (options_.masks) batch.mask = at::zeros_like(batch.image);  // a blank image shows no lungs
  for (std::size_t position = first; position < last; ++position) {
    const auto row = static_cast<int64_t>(position - first);
    const Sample sample = load(plan, position);
    batch.image.select(0, row).copy_(sample.image);
    if (options_.masks && !sample.is_blank) batch.mask.select(0, row).copy_(sample.mask);
    batch.indices.push_back(plan.order[position]);
    is_blank.push_back(sample.is_blank);
  }
  batch.target = target(batch.indices, is_blank);
  if (options_.augment) {
    Random random(derive_seed({options_.seed, static_cast<uint64_t>(plan.epoch),
                               static_cast<uint64_t>(number), kMixingStream}));
    mix_batch(batch.image, batch.target, batch.mask, *options_.augment, random);
  }
  if (options_.pinned) pin(batch);
  return batch;
}

Sample BatchMaker::load(const EpochPlan& plan, std::size_t position) const {
  const std::size_t index = plan.order[position];
  try {
    const Sample sample = decode(index);
    if (!options_.augment) return sample;
    Random random(derive_seed(
        {options_.seed, static_cast<uint64_t>(plan.epoch), index, plan.repeats[position]}));
    return cxrnet::data::augment(sample, *options_.augment, random);
  } catch (const Error& error) {
    throw Error(error.code(), "record " + std::to_string(index) + ", " + error.what());
  }
}

Sample BatchMaker::decode(std::size_t index) const {
  const Record& record = dataset_[index];
  const auto stored_size = dataset_.preprocessing().size;
  const auto to_float = [&](const at::Tensor& pixels) {
    return resize(require_stored_size(pixels, stored_size).unsqueeze(0).to(at::kFloat),
                  options_.image_size);
  };
  Sample sample{.image = to_float(decode_grey(record.image)).div_(255.0), .mask = {}};
  if (options_.masks) sample.mask = to_float(decode_mask(record.mask)).ge(0.5).to(at::kFloat);
  return sample;
}

at::Tensor BatchMaker::target(const std::vector<std::size_t>& indices,
                              const std::vector<bool>& is_blank) const {
  auto target = at::empty({static_cast<int64_t>(indices.size()), nn::kClasses},
                          at::TensorOptions().dtype(at::kFloat));
  auto* row = target.data_ptr<float>();
  for (std::size_t i = 0; i < indices.size(); ++i, row += nn::kClasses) {
    const double spread = is_blank[i] ? 1.0 : options_.label_smoothing;
    std::fill_n(row, nn::kClasses, static_cast<float>(spread / static_cast<double>(nn::kClasses)));
    row[nn::label_index(labels_[indices[i]])] += static_cast<float>(1.0 - spread);
  }
  return target;
}

}  // namespace cxrnet::data
