// What the paper's random split is worth: the same network trained and evaluated on both splits.
#include <cmath>
#include <cstdio>

#include "cxrnet/core/random.h"
#include "figures/items.h"
#include "run/workplace.h"
#include "stages/estimates.h"
#include "stages/networks.h"
#include "stages/predictions.h"
#include "stages/recipes.h"

namespace cxrnet::study {
namespace {

nlohmann::json describe_split(const Workplace& place, const std::string& stage,
                              const std::string& split) {
  const auto result = place.result(stage);
  const auto evaluation = evaluation_of(place, stage);
  const auto encoder = to_string(place.options.main_encoder);
  return {{"encoder", encoder},
          {"arm", "segmented"},
          {"split", split},
          {"accuracy", evaluation.at("accuracy")},
          {"macro_f1", evaluation.at("macro_f1")},
          {"n", evaluation.at("n")},
          {"training_images", result.at("training_images")},
          {"patients_on_both_sides", result.at("patients_on_both_sides")}};
}

// Accuracies of different test sides: each is resampled by patient on its own.
metrics::Estimate difference_of_accuracies(const Answers& leaky, const Answers& grouped,
                                           const metrics::BootstrapOptions& options) {
  std::vector<std::string> groups;  // of both sides, kept apart by a prefix
  std::vector<double> right;
  for (const auto* side : {&leaky, &grouped}) {
    for (const auto& prediction : side->predictions) {
      groups.push_back((side == &leaky ? "leaky " : "grouped ") + prediction.group);
      right.push_back(static_cast<int>(metrics::predicted_label(prediction.probabilities)) ==
                              prediction.actual
                          ? 1.0
                          : 0.0);
    }
  }
  const std::size_t cut = leaky.predictions.size();
  const auto measure = [&](std::span<const int32_t> weights) -> std::vector<metrics::Figure> {
    double hits[2] = {0.0, 0.0};
    double images[2] = {0.0, 0.0};
    for (std::size_t i = 0; i < right.size(); ++i) {
      hits[i >= cut] += right[i] * weights[i];
      images[i >= cut] += weights[i];
    }
    if (images[0] == 0.0 || images[1] == 0.0) return {metrics::undefined("no test image")};
    return {metrics::defined(hits[0] / images[0] - hits[1] / images[1])};
  };
  return metrics::bootstrap(measure, groups, options).front();
}

std::string percent_points(double difference) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", 100.0 * difference);
  return text;
}

std::string describe_difference(const metrics::Estimate& difference, int64_t shared_patients) {
  if (!difference.value) return "The difference is undefined: " + difference.undefined + ".";
  std::string text = "The random split puts " + std::to_string(shared_patients) +
                     " patients on both sides; accuracy on it differs from the patient-grouped "
                     "split by " +
                     percent_points(*difference.value) + " percentage points";
  if (!difference.interval) return text + ".";
  text += " (95 % interval " + percent_points(difference.interval->low) + " to " +
          percent_points(difference.interval->high) + "). ";
  if (difference.interval->low > 0.0)
    return text + "This is leakage: the network recognises patients it was trained on.";
  if (difference.interval->high < 0.0)
    return text + "The random split is no easier here: at this size the leak does not show.";
  return text + "The interval holds zero: at this size the leak does not show.";
}

}  // namespace

nlohmann::json make_leakage(Workplace& place) {
  const std::string encoder(to_string(place.options.main_encoder));
  const auto grouped_stage = training_stage("segmented", encoder);
  const auto leaky = place.result(kLeakyTraining);
  const auto difference = difference_of_accuracies(
      read_answers(place.stage_folder(kLeakyTraining) / kAnswers),
      read_answers(place.stage_folder(grouped_stage) / kAnswers), place.options.bootstrap);
  return {{"rows",
           {describe_split(place, kLeakyTraining, place.options.leaky_split_column),
            describe_split(place, grouped_stage, place.options.split_column)}},
          {"difference", to_json(difference)},
          {"sentence",
           describe_difference(difference, leaky.at("patients_on_both_sides").get<int64_t>())}};
}

}  // namespace cxrnet::study
