#include "cxrnet/report/model_card.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <tuple>

#include "card/flag_rates.h"
#include "card/model_card_parts.h"
#include "cxrnet/core/error.h"
#include "cxrnet/data/confounding.h"
#include "cxrnet/nn/model_file.h"  // identity_of chooses between it and its description
#include "cxrnet/nn/model_identity.h"
#include "cxrnet/train/run_log.h"
#include "page/json.h"
#include "page/markdown.h"
#include "page/number_text.h"

namespace cxrnet::report {
namespace {

using nlohmann::json;

constexpr std::size_t kEpochRows = 10;  // of a run's table, besides the best epoch
constexpr double kBytesPerMegabyte = 1e6;

// Six digits of a number are enough for a reader; a fact that is not there is told as such.
std::string fact_text(const json& value) {
  if (value.is_null()) return "none";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) {
    std::ostringstream text;
    text << value.get<double>();
    return text.str();
  }
  return value.dump();
}

// {"width": 0.5, "fitted": true} as "width 0.5, fitted true".
std::string described(const json& object) {
  std::string text;
  for (const auto& [name, value] : object.items()) {
    text += (text.empty() ? "" : ", ") + name + " ";
    if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i)
        text += (i == 0 ? "" : "/") + fact_text(value.at(i));
    } else {
      text += fact_text(value);
    }
  }
  return text;
}

std::string introduction(const ModelCard& card) {
  const auto& model = card.model;
  std::string text = "# " + text_or(model, "name", "model") + "\n\n";
  text +=
      "Written by `cxrnet card` from the model file, its training logs and its evaluations. "
      "Research use only: not a medical device, not for diagnosis or treatment.\n\n";
  const auto identity = nn::identity_of(model, card.sha256);
  if (!identity.limits.empty()) text += "**Limits.** " + identity.limits + "\n\n";
  text += "**Population.** " + identity.population + ".\n\n";
  MarkdownTable facts{.header = {"fact", "value"}, .rows = {}};
  const auto add = [&](const char* part, const char* name) {
    if (const auto& described_part = member(model, part); described_part.is_object())
      facts.rows.push_back({name, described(described_part)});
  };
  facts.rows.push_back({"file", fixed(static_cast<double>(card.bytes) / kBytesPerMegabyte, 1) +
                                    " MB, " + text_of(model, "dtype") + ", SHA-256 `" +
                                    card.sha256 + "`"});
  facts.rows.push_back({"licence", text_or(model, "licence", "not stated")});
  add("segmenter", "segmenter (U-Net)");
  add("classifier", "classifier (CXR-Net)");
  add("preprocessing", "preprocessing");
  add("calibration", "calibration");
  add("ood", "out-of-distribution thresholds");
  return text + format_markdown(facts);
}

// Images by source, licence and label on both sides of the split.
std::string data_section(const ModelCard& card) {
  using Key = std::tuple<std::string, std::string, std::string>;
  std::map<Key, std::map<std::string, int64_t>> counts;
  std::map<std::string, int64_t> totals;
  for (const auto& row : card.data.rows) {
    const auto side = row.columns.find(card.split_column);
    if (side == row.columns.end()) {
      throw Error(ErrorCode::not_found, "split-column: expected a column of the manifest, got '" +
                                            card.split_column +
                                            "'; name another with --split-column");
    }
    const auto licence = row.columns.find("licence");
    const auto stated = licence == row.columns.end() || licence->second.empty()
                            ? std::string("not stated")
                            : licence->second;
    ++counts[{row.label, row.source, stated}][side->second];
    ++totals[side->second];
  }
  MarkdownTable table{.header = {"label", "source", "licence"}, .rows = {}};
  for (const auto& [side, total] : totals) table.header.push_back(side);
  for (const auto& [key, by_side] : counts) {
    const auto& [label, source, licence] = key;
    std::vector<std::string> row{label, source, licence};
    for (const auto& [side, total] : totals) {
      const auto found = by_side.find(side);
      row.push_back(std::to_string(found == by_side.end() ? 0 : found->second));
    }
    table.rows.push_back(std::move(row));
  }
  std::vector<std::string> last{"all", "", ""};
  for (const auto& [side, total] : totals) last.push_back(std::to_string(total));
  table.rows.push_back(std::move(last));
  return "## Data\nImages by side of `" + card.split_column + "`. " +
         data::describe_confounding(card.data) + "\n\n" + format_markdown(table);
}

using Epochs = std::vector<train::EpochReport>;

// Evenly spread epochs, the last and the best.
std::vector<std::size_t> shown_epochs(const Epochs& epochs, std::size_t best) {
  std::vector<std::size_t> shown;
  const auto every = std::max<std::size_t>(1, (epochs.size() + kEpochRows - 1) / kEpochRows);
  for (std::size_t i = every - 1; i < epochs.size(); i += every) shown.push_back(i);
  shown.push_back(epochs.size() - 1);
  shown.push_back(best);
  std::sort(shown.begin(), shown.end());
  shown.erase(std::unique(shown.begin(), shown.end()), shown.end());
  return shown;
}

std::string run_section(const CardRun& run) {
  const auto epochs = train::parse_epochs(run.epochs_csv);
  if (epochs.empty()) return "";
  double seconds = 0.0;
  std::size_t best = 0;
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    seconds += epochs[i].seconds;
    if (epochs[i].is_best) best = i;
  }
  MarkdownTable table{.header = {"epoch", "training loss"}, .rows = {}};
  for (const auto& [name, figure] : epochs.front().figures) {
    table.header.push_back("validation " + name);
    std::replace(table.header.back().begin(), table.header.back().end(), '_', ' ');
  }
  for (const auto index : shown_epochs(epochs, best)) {
    const auto& epoch = epochs[index];
    std::vector<std::string> cells{std::to_string(epoch.epoch) + (index == best ? ", chosen" : ""),
                                   figure_text(epoch.training_loss)};
    for (const auto& [name, figure] : epoch.figures) cells.push_back(figure_text(figure));
    table.rows.push_back(std::move(cells));
  }
  return "### " + run.title + "\nEpochs: " + std::to_string(epochs.back().epoch) +
         ", minutes of training: " + fixed(seconds / 60.0, seconds < 600.0 ? 1 : 0) + ".\n\n" +
         format_markdown(table);
}

// Of counts by label; where one is none, the sum is not known.
std::string sum_of(const json& counts) {
  if (!counts.is_object()) return "an unknown number of";
  int64_t images = 0;
  for (const auto& [label, count] : counts.items()) {
    if (!count.is_number_integer()) return "an unknown number of";
    images += count.get<int64_t>();
  }
  return std::to_string(images);
}

std::string training_section(const ModelCard& card) {
  std::string text = "## Training\n";
  if (!card.compute.empty()) text += "Machine: " + card.compute + ".\n";
  if (!card.commands.empty()) {
    text += "\n```sh\n";
    for (const auto& command : card.commands) text += command + "\n";
    text += "```\n";
  }
  if (const auto& run = member_at(card.model, "provenance.run"); run.is_object()) {
    text += "\nOf the training side " + sum_of(member(run, "training_images")) +
            " images were learnt from and " + sum_of(member(run, "validation_images")) +
            ", cut off by patient, chose the epoch, the temperature and the thresholds.\n";
  }
  text += "\n";
  for (const auto& run : card.runs) text += run_section(run);
  return text;
}

std::string results_section(const ModelCard& card) {
  std::string text =
      "## Results\nFigures in brackets are intervals by bootstrap over patients at the confidence "
      "of the evaluation (95 % unless stated).\n\n";
  for (const auto& evaluation : card.evaluations)
    text += format_card_evaluation(evaluation, card.model);
  return text;
}

}  // namespace

std::string format_model_card(const ModelCard& card) {
  std::string text = introduction(card) + data_section(card) + training_section(card);
  if (!card.evaluations.empty()) text += results_section(card);
  return text +
         "## What it must not be used for\n"
         "- Decisions about a patient.\n"
         "- Patients unlike those it learnt from: another age, another hospital, another "
         "machine. " +
         describe_distribution_flag(card.evaluations) +
         "\n"
         "- Claims that it sees a disease, where class and source of the training data go "
         "together.\n";
}

}  // namespace cxrnet::report
