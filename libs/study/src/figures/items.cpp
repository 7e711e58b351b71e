#include "figures/items.h"

#include "cxrnet/metrics/mcnemar.h"
#include "run/workplace.h"
#include "stages/estimates.h"
#include "stages/networks.h"
#include "stages/predictions.h"
#include "stages/recipes.h"

namespace cxrnet::study {
namespace {

constexpr const char* kArms[] = {"original", "segmented"};

std::string main_encoder(const Workplace& place) {
  return std::string(to_string(place.options.main_encoder));
}

Answers answers_of(const Workplace& place, const std::string& stage) {
  return read_answers(place.stage_folder(stage) / kAnswers);
}

nlohmann::json compare_arms(const Workplace& place, const std::string& encoder) {
  const auto pairs = pair_answers(answers_of(place, training_stage(kArms[0], encoder)),
                                  answers_of(place, training_stage(kArms[1], encoder)));
  const auto test = metrics::mcnemar_exact(pairs.first, pairs.second);
  return {{"encoder", encoder},
          {"n", pairs.groups.size()},
          {"only_original_right", test.only_first_correct},
          {"only_segmented_right", test.only_second_correct},
          {"p_value", test.p_value},
          {"mid_p_value", test.mid_p_value},
          {"difference", to_json(accuracy_difference(pairs, place.options.bootstrap))}};
}

}  // namespace

nlohmann::json make_fig9(Workplace& place) {
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& encoder : place.options.encoders) {
    const auto stage = training_stage("original", encoder);
    const auto result = place.result(stage);
    const auto evaluation = evaluation_of(place, stage);
    rows.push_back({{"encoder", encoder},
                    {"accuracy", evaluation.at("accuracy")},
                    {"macro_f1", evaluation.at("macro_f1")},
                    {"n", evaluation.at("n")},
                    {"parameters", result.at("parameters")},
                    {"train_seconds", result.at("train_seconds")},
                    {"epochs", result.at("epochs")}});
  }
  return {{"arm", "original"}, {"split", place.options.split_column}, {"rows", rows}};
}

nlohmann::json make_fig10(Workplace& place) {
  nlohmann::json rows = nlohmann::json::array();
  nlohmann::json curves = nlohmann::json::array();
  nlohmann::json mcnemar = nlohmann::json::array();
  for (const auto& encoder : place.options.arm_encoders) {
    for (const char* arm : kArms) {
      const auto result = place.result(training_stage(arm, encoder));
      const auto evaluation = evaluation_of(place, training_stage(arm, encoder));
      rows.push_back({{"encoder", encoder},
                      {"arm", arm},
                      {"accuracy", evaluation.at("accuracy")},
                      {"n", evaluation.at("n")}});
      curves.push_back({{"encoder", encoder},
                        {"arm", arm},
                        {"epoch", result.at("epoch")},
                        {"training_loss", result.at("training_loss")}});
    }
    mcnemar.push_back(compare_arms(place, encoder));
  }
  return {{"split", place.options.split_column},
          {"rows", rows},
          {"curves", curves},
          {"mcnemar", mcnemar}};
}

nlohmann::json make_fig11(Workplace& place) {
  nlohmann::json matrices = nlohmann::json::array();
  for (const char* arm : kArms) {
    const auto evaluation = evaluation_of(place, training_stage(arm, main_encoder(place)));
    matrices.push_back(
        {{"arm", arm}, {"labels", evaluation.at("labels")}, {"counts", evaluation.at("counts")}});
  }
  return {{"encoder", main_encoder(place)},
          {"split", place.options.split_column},
          {"matrices", matrices}};
}

nlohmann::json make_table1(Workplace& place) {
  nlohmann::json arms = nlohmann::json::array();
  for (const char* arm : kArms) {
    const auto evaluation = evaluation_of(place, training_stage(arm, main_encoder(place)));
    arms.push_back({{"arm", arm},
                    {"n", evaluation.at("n")},
                    {"accuracy", evaluation.at("accuracy")},
                    {"classes", evaluation.at("classes")}});
  }
  return {{"encoder", main_encoder(place)}, {"split", place.options.split_column}, {"arms", arms}};
}

}  // namespace cxrnet::study
