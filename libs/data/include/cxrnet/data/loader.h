// Batches from a data set: worker threads decode and augment ahead while the caller computes.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cxrnet/data/augmentation.h"
#include "cxrnet/data/shards.h"

namespace cxrnet::data {

struct Batch {
  at::Tensor image;   ///< [N, 1, S, S] f32 in [0, 1]
  at::Tensor target;  ///< [N, 4] f32, rows sum to 1: label probabilities after smoothing and mixup
  at::Tensor mask;    ///< [N, 1, S, S] f32 in [0, 1]; undefined unless LoaderOptions::masks
  std::vector<std::size_t> indices;  ///< of the samples in the data set
  int64_t number = 0;                ///< position in the epoch, from 0
};

struct LoaderOptions {
  int64_t batch_size = 12;  // the paper's
  int64_t image_size = 0;   // pixels; 0: as stored; smaller ones are area-filtered down
  int64_t workers = 2;      // threads; 0: the caller's thread does the work inside next()
  int64_t prefetch = 4;     // batches ready ahead at most
  bool shuffle = false;     // a new order each epoch; false: the order of the indices
  bool balanced = false;    // each label equally often (implies shuffle)
  std::optional<AugmentationOptions> augment = {};  // nothing: evaluation, samples as stored
  uint64_t seed = 0;
  double label_smoothing = 0.0;  // this much of each target is spread over all labels
  bool drop_last = false;        // leave out an incomplete last batch
  bool masks = false;            // deliver masks; every sample must have one
  bool pinned = false;           // in page-locked memory, which a GPU copies from by itself
};

/// Delivers the batches of one epoch after the other. What a batch holds depends on (seed, epoch,
/// number) alone, not on the number of workers. One thread at a time may call it. `dataset` must
/// outlive the loader.
class Loader {
 public:
  /// Errors: invalid_option for options out of range, no indices, one beyond the data set, or one
  /// without mask where masks are asked for.
  Loader(const ShardDataset& dataset, std::vector<std::size_t> indices,
         const LoaderOptions& options);
  ~Loader();  ///< Stops the workers.
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// Begins an epoch, at batch `first_batch` when resuming inside one; what was under way is
  /// dropped. The sequence equals that of an epoch from its start. Errors: invalid_option for a
  /// negative number.
  void start_epoch(int64_t epoch, int64_t first_batch = 0);

  /// The next batch, or nothing at the end of the epoch. Errors: those of decoding (corrupt_shard),
  /// in the order of the batches; the epoch is then over.
  std::optional<Batch> next();

  int64_t batches_per_epoch() const;
  double wait_seconds() const;  ///< what next() waited for data since start_epoch

 private:
  class Pipeline;
  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace cxrnet::data
