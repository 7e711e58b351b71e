#include "cxrnet/data/confounding.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/nn/labels.h"
#include "document/document.h"

namespace cxrnet::study {

nlohmann::json describe_data(const data::Manifest& all, const data::Manifest& chosen,
                             const std::string& manifest_sha256, const StudyOptions& options) {
  nlohmann::json labels = nlohmann::json::object();
  for (const auto label : nn::kLabels) labels[std::string(label)] = {{"train", 0}, {"test", 0}};
  nlohmann::json used{{"train", 0}, {"test", 0}};
  for (const auto& row : chosen.rows) {
    const auto side = data::side_of(row.columns.at(options.split_column));
    if (!used.contains(side)) continue;
    used[side] = used[side].get<int64_t>() + 1;
    labels[row.label][side] = labels[row.label][side].get<int64_t>() + 1;
  }
  return {{"manifest_sha256", manifest_sha256},
          {"images", all.rows.size()},
          {"used", used},
          {"split", options.split_column},
          {"split_is_random", splits_at_random(options)},
          {"labels", labels},
          {"confounding", data::describe_confounding(all)}};
}

}  // namespace cxrnet::study
