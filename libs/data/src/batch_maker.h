// One batch from start to end: decode, resize, augment, collate. Holds no state that changes, so
// any thread may make any batch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cxrnet/data/loader.h"

namespace cxrnet::data {

/// Which samples an epoch visits, in order.
struct EpochPlan {
  int64_t epoch;
  std::vector<std::size_t> order;    ///< indices of the data set
  std::vector<std::size_t> repeats;  ///< as repeat_counts(order)
};

class BatchMaker {
 public:
  /// Errors: as Loader's constructor.
  BatchMaker(const ShardDataset& dataset, std::vector<std::size_t> indices,
             const LoaderOptions& options);

  EpochPlan plan(int64_t epoch) const;
  int64_t batches_per_epoch() const;
  const LoaderOptions& options() const { return options_; }

  /// Batch `number` of the epoch. Errors: corrupt_shard, naming the record by its index.
  Batch make(const EpochPlan& plan, int64_t number) const;

 private:
  Sample load(const EpochPlan& plan, std::size_t position) const;
  Sample decode(std::size_t index) const;
  at::Tensor target(const std::vector<std::size_t>& indices,
                    const std::vector<bool>& is_blank) const;

  const ShardDataset& dataset_;
  std::vector<std::size_t> indices_;
  std::vector<std::string> labels_;  // of the whole data set
  LoaderOptions options_;
};

}  // namespace cxrnet::data
