#include "stages/predictions.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/data/loader.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/labels.h"

namespace cxrnet::study {
namespace {

constexpr int64_t kBatchSize = 32;

void append(Answers& answers, const at::Tensor& probabilities, const data::ShardDataset& dataset,
            const std::vector<std::size_t>& indices) {
  const auto rows = probabilities.to(at::kDouble).contiguous();
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const auto& record = dataset[indices[i]];
    const double* row = rows[static_cast<int64_t>(i)].data_ptr<double>();
    answers.image_ids.push_back(record.id);
    answers.predictions.push_back({.probabilities = {row, row + rows.size(1)},
                                   .actual = static_cast<int>(nn::label_index(record.label)),
                                   .group = record.group});
  }
}

}  // namespace

Answers classify(nn::CxrNet& network, const data::ShardDataset& dataset,
                 const std::vector<std::size_t>& indices) {
  const at::NoGradGuard no_grad;
  network->eval();
  data::Loader loader(dataset, indices, {.batch_size = kBatchSize, .workers = 1});
  loader.start_epoch(0);
  Answers answers;
  while (const auto batch = loader.next())
    append(answers, network->classify(batch->image).softmax(1), dataset, batch->indices);
  return answers;
}

std::vector<Acquaintance> acquaintances(const std::vector<std::string>& groups,
                                        const std::vector<std::size_t>& test,
                                        const std::vector<std::size_t>& learnt_from,
                                        const std::vector<std::size_t>& validated_on) {
  std::set<std::string> learnt;
  std::set<std::string> validated;
  for (const auto index : learnt_from) learnt.insert(groups[index]);
  for (const auto index : validated_on) validated.insert(groups[index]);
  std::vector<Acquaintance> met_in;
  for (const auto index : test) {
    const auto& patient = groups[index];
    met_in.push_back(learnt.count(patient) != 0      ? Acquaintance::training
                     : validated.count(patient) != 0 ? Acquaintance::validation
                                                     : Acquaintance::none);
  }
  return met_in;
}

void write_answers(const std::filesystem::path& path, const Answers& answers) {
  nlohmann::json document = nlohmann::json::array();
  for (std::size_t i = 0; i < answers.image_ids.size(); ++i) {
    const auto& prediction = answers.predictions[i];
    document.push_back({{"image_id", answers.image_ids[i]},
                        {"group", prediction.group},
                        {"actual", prediction.actual},
                        {"patient_met_in", to_string(answers.met_in.at(i))},
                        {"probabilities", prediction.probabilities}});
  }
  write_file_atomically(path, document.dump());
}

Answers read_answers(const std::filesystem::path& path) {
  Answers answers;
  try {
    for (const auto& row : nlohmann::json::parse(read_file(path))) {
      answers.image_ids.push_back(row.at("image_id"));
      answers.predictions.push_back({.probabilities = row.at("probabilities"),
                                     .actual = row.at("actual"),
                                     .group = row.at("group")});
      answers.met_in.push_back(
          parse_enum<Acquaintance>(row.at("patient_met_in").get<std::string>(), "patient_met_in"));
    }
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::unreadable,
                "predictions: expected the file of a stage that is done, got another; remove the "
                "stage's folder and run again");
  }
  return answers;
}

PairedAnswers pair_answers(const Answers& first, const Answers& second) {
  std::map<std::string, bool> right;
  const auto is_right = [](const metrics::Prediction& prediction) {
    return static_cast<int>(metrics::predicted_label(prediction.probabilities)) ==
           prediction.actual;
  };
  for (std::size_t i = 0; i < first.image_ids.size(); ++i)
    right[first.image_ids[i]] = is_right(first.predictions[i]);
  PairedAnswers pairs;
  for (std::size_t i = 0; i < second.image_ids.size(); ++i) {
    const auto found = right.find(second.image_ids[i]);
    if (found == right.end()) continue;
    pairs.first.push_back(found->second);
    pairs.second.push_back(is_right(second.predictions[i]));
    pairs.groups.push_back(second.predictions[i].group);
  }
  return pairs;
}

metrics::Estimate accuracy_difference(const PairedAnswers& pairs,
                                      const metrics::BootstrapOptions& options) {
  const std::vector<double> first(pairs.first.begin(), pairs.first.end());
  const std::vector<double> second(pairs.second.begin(), pairs.second.end());
  return metrics::paired_difference(second, first, pairs.groups, options);
}

}  // namespace cxrnet::study
