// A classifier's answers on the test side, kept so that other stages can compare them.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/data/shards.h"
#include "cxrnet/metrics/classification.h"
#include "cxrnet/nn/forward.h"

namespace cxrnet {
namespace study {

/// Where a training met another image of a test image's patient.
enum class Acquaintance {
  none,        ///< nowhere
  validation,  ///< among the images that chose the epoch alone
  training,    ///< among those that it learnt from
};

}  // namespace study

template <>
struct EnumNames<study::Acquaintance> {
  static constexpr std::array<std::pair<study::Acquaintance, std::string_view>, 3> values{
      {{study::Acquaintance::none, "none"},
       {study::Acquaintance::validation, "validation"},
       {study::Acquaintance::training, "training"}}};
};

namespace study {

inline constexpr const char* kAnswers = "predictions.json";  ///< in the folder of its training

struct Answers {
  std::vector<std::string> image_ids;
  std::vector<metrics::Prediction> predictions;
  std::vector<Acquaintance> met_in;  ///< of each image's patient
};

/// What a training met of the patients of `test`, from the data set's groups; indices into them.
std::vector<Acquaintance> acquaintances(const std::vector<std::string>& groups,
                                        const std::vector<std::size_t>& test,
                                        const std::vector<std::size_t>& learnt_from,
                                        const std::vector<std::size_t>& validated_on);

/// Softmax of the logits over `indices` of the data set; `met_in` stays empty.
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

}  // namespace study
}  // namespace cxrnet
