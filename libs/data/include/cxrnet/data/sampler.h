// The order in which an epoch visits the samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cxrnet::data {

/// `indices` in the epoch's random order, the same for the same seed and epoch.
std::vector<std::size_t> shuffled_order(const std::vector<std::size_t>& indices, uint64_t seed,
                                        int64_t epoch);

/// As many samples as `indices`, every label that occurs equally often (to within one): rare labels
/// repeat, of frequent ones a new random part is seen each epoch. `labels` describes the whole data
/// set.
std::vector<std::size_t> balanced_order(const std::vector<std::size_t>& indices,
                                        const std::vector<std::string>& labels, uint64_t seed,
                                        int64_t epoch);

/// How often order[i] stood before position i: a repeated sample gets augmentation of its own by
/// it.
std::vector<std::size_t> repeat_counts(const std::vector<std::size_t>& order);

}  // namespace cxrnet::data
