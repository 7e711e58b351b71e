// A classifier's answers on the test side, kept so that other stages can compare them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cxrnet/data/shards.h"
#include "cxrnet/metrics/classification.h"
#include "cxrnet/nn/forward.h"

namespace cxrnet::study {

inline constexpr const char* kAnswers = "predictions.json";  ///< in the folder of its training

struct Answers {
  std::vector<std::string> image_ids;
  std::vector<metrics::Prediction> predictions;
};

/// Softmax of the logits over `indices` of the data set.
Answers classify(nn::CxrNet& network, const data::ShardDataset& dataset,
                 const std::vector<std::size_t>& indices);

/// Errors: disk_full, write_failed.
void write_answers(const std::filesystem::path& path, const Answers& answers);
/// Errors: as read_file; unreadable when it is not such a file.
Answers read_answers(const std::filesystem::path& path);

/// Whether each image that both answered was right, in the same order.
struct PairedAnswers {
  std::vector<bool> first, second;
  std::vector<std::string> groups;
};
PairedAnswers pair_answers(const Answers& first, const Answers& second);

/// Accuracy of `second` minus that of `first` over those images, resampled in pairs.
metrics::Estimate accuracy_difference(const PairedAnswers& pairs,
                                      const metrics::BootstrapOptions& options);

}  // namespace cxrnet::study
