// What the paper's random split is worth: in one test side, by one network, images of patients that
// it met in training against those of others.
#include "figures/leakage.h"

#include <array>
#include <cstdio>
#include <set>

#include "cxrnet/nn/labels.h"
#include "figures/items.h"
#include "run/workplace.h"
#include "stages/estimates.h"
#include "stages/networks.h"
#include "stages/recipes.h"

namespace cxrnet::study {
namespace {

constexpr std::size_t kSeen = 0;
constexpr std::size_t kUnseen = 1;
constexpr std::array kParts{"seen", "unseen"};

// An image of either part.
struct Case {
  std::size_t part;
  std::size_t label;
  bool right;
  std::string patient;
};

std::vector<Case> cases_of(const Answers& answers) {
  std::vector<Case> cases;
  for (std::size_t i = 0; i < answers.predictions.size(); ++i) {
    if (answers.met_in[i] == Acquaintance::validation) continue;
    const auto& prediction = answers.predictions[i];
    const auto answer = static_cast<int>(metrics::predicted_label(prediction.probabilities));
    cases.push_back({.part = answers.met_in[i] == Acquaintance::training ? kSeen : kUnseen,
                     .label = static_cast<std::size_t>(prediction.actual),
                     .right = answer == prediction.actual,
                     .patient = prediction.group});
  }
  return cases;
}

// Images and hits of both parts by label.
struct Tally {
  struct Part {
    double images = 0.0, hits = 0.0;
    double accuracy() const { return hits / images; }
  };
  std::array<std::array<Part, 2>, nn::kLabels.size()> by_label = {};
  std::array<Part, 2> all = {};

  Tally(const std::vector<Case>& cases, std::span<const int32_t> weights) {
    for (std::size_t i = 0; i < cases.size(); ++i) {
      for (auto* part : {&by_label[cases[i].label][cases[i].part], &all[cases[i].part]}) {
        part->images += weights[i];
        part->hits += cases[i].right ? weights[i] : 0;
      }
    }
  }

  metrics::Figure accuracy(std::size_t part) const {
    return metrics::ratio(all[part].hits, all[part].images, "no such image");
  }
  metrics::Figure difference() const {
    if (all[kSeen].images == 0.0 || all[kUnseen].images == 0.0)
      return metrics::undefined("one of the parts has no image");
    return metrics::defined(all[kSeen].accuracy() - all[kUnseen].accuracy());
  }
  metrics::Figure difference_within_labels() const {
    double sum = 0.0;
    double images = 0.0;
    for (const auto& parts : by_label) {
      if (parts[kSeen].images == 0.0 || parts[kUnseen].images == 0.0) continue;
      const double weight = parts[kSeen].images + parts[kUnseen].images;
      sum += weight * (parts[kSeen].accuracy() - parts[kUnseen].accuracy());
      images += weight;
    }
    return metrics::ratio(sum, images, "no label has images of both parts");
  }
};

nlohmann::json describe_part(const std::vector<Case>& cases, std::size_t part,
                             const metrics::Estimate& accuracy) {
  std::set<std::string> patients;
  nlohmann::json labels = nlohmann::json::object();
  int64_t images = 0;
  for (const auto label : nn::kLabels) labels[std::string(label)] = 0;
  for (const auto& one : cases) {
    if (one.part != part) continue;
    ++images;
    patients.insert(one.patient);
    auto& count = labels[std::string(nn::kLabels[one.label])];
    count = count.get<int64_t>() + 1;
  }
  return {{"patients", kParts[part]},
          {"patient_count", patients.size()},
          {"n", images},
          {"accuracy", to_json(accuracy)},
          {"labels", labels}};
}

std::string points(const metrics::Estimate& difference) {
  const auto text = [](double value) {
    std::array<char, 32> digits{};
    std::snprintf(digits.data(), digits.size(), "%+.1f", 100.0 * value);
    return std::string(digits.data());
  };
  if (!difference.value) return "undefined (" + difference.undefined + ")";
  std::string shown = text(*difference.value) + " percentage points";
  if (difference.interval) {
    shown += " (95 % interval " + text(difference.interval->low) + " to " +
             text(difference.interval->high) + ")";
  }
  return shown;
}

std::string verdict(const metrics::Estimate& difference) {
  if (!difference.interval) return "No interval: too few patients to tell.";
  if (difference.interval->low > 0.0)
    return "This is leakage: the network does better on patients that it was trained on.";
  if (difference.interval->high < 0.0)
    return "Patients that it was trained on are answered no better here.";
  return "The interval holds zero: at this size the leak does not show.";
}

std::string describe_parts(const nlohmann::json& seen, const nlohmann::json& unseen,
                           const metrics::Estimate& raw, const metrics::Estimate& within) {
  const auto count = [](const nlohmann::json& part, const char* key) {
    return std::to_string(part.at(key).get<int64_t>());
  };
  return "One network, one test side of the random split: " + count(seen, "n") + " images of " +
         count(seen, "patient_count") + " patients that it was trained on, " + count(unseen, "n") +
         " of " + count(unseen, "patient_count") +
         " that it never met. Accuracy on the former differs by " + points(raw) +
         ", between images of the same label by " + points(within) + ". " +
         verdict(within.value ? within : raw);
}

}  // namespace

nlohmann::json compare_seen_with_unseen(const Answers& answers,
                                        const metrics::BootstrapOptions& options) {
  const auto cases = cases_of(answers);
  std::vector<std::string> patients;
  for (const auto& one : cases) patients.push_back(one.patient);
  const auto measure = [&](std::span<const int32_t> weights) -> std::vector<metrics::Figure> {
    const Tally tally(cases, weights);
    return {tally.accuracy(kSeen), tally.accuracy(kUnseen), tally.difference(),
            tally.difference_within_labels()};
  };
  const auto estimates = metrics::bootstrap(measure, patients, options);
  const auto seen = describe_part(cases, kSeen, estimates[0]);
  const auto unseen = describe_part(cases, kUnseen, estimates[1]);
  return {{"n", cases.size()},
          {"left_out", answers.predictions.size() - cases.size()},
          {"rows", {seen, unseen}},
          {"difference", to_json(estimates[2])},
          {"difference_within_labels", to_json(estimates[3])},
          {"sentence", describe_parts(seen, unseen, estimates[2], estimates[3])}};
}

nlohmann::json make_leakage(Workplace& place) {
  const auto stage = leaky_training(place.options);
  auto leakage = compare_seen_with_unseen(read_answers(place.stage_folder(stage) / kAnswers),
                                          place.options.bootstrap);
  leakage["encoder"] = to_string(place.options.main_encoder);
  leakage["arm"] = "segmented";
  leakage["split"] = place.options.leaky_split_column;
  leakage["training_images"] = place.result(stage).at("training_images");
  return leakage;
}

}  // namespace cxrnet::study
