// Deletion curves under several fills and grids, whose states are judged once.
#pragma once

#include <map>
#include <vector>

#include "cxrnet/explain/benchmark.h"
#include "judged_states.h"

namespace cxrnet::explain {

/// What is known of some images by what fills them: the whole image is the same for all.
class KnownByFill {
 public:
  KnownScores& of(Imputation fill);

 private:
  std::map<Imputation, KnownScores> known_;
};

/// A removal curve [N, levels + 1] f64 for each of block_settings.
std::vector<at::Tensor> judge_blocks(const Classifier& judge, const at::Tensor& image,
                                     const at::Tensor& heat, const at::Tensor& target,
                                     const BenchmarkOptions& options, KnownByFill& known,
                                     int64_t& judged);

/// `parts[p][s]`: the curves of part p under setting s, as judge_blocks gives them.
std::vector<BlockMeasures> to_block_measures(const std::vector<std::vector<at::Tensor>>& parts,
                                             const BenchmarkOptions& options);

}  // namespace cxrnet::explain
