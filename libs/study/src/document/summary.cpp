// What the figures say, in sentences, the doubts first.
#include <cstdio>
#include <optional>

#include "document/document.h"

namespace cxrnet::study {
namespace {

using nlohmann::json;

std::string fixed(double value, const char* format = "%.3f") {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

bool is_defined(const json& estimate) {
  return estimate.is_object() && estimate.contains("value") && estimate["value"].is_number();
}

// "0.712 (95 % interval 0.68 to 0.74)"
std::string show(const json& estimate, const char* format = "%.3f") {
  if (!is_defined(estimate)) return "undefined";
  std::string text = fixed(estimate["value"], format);
  if (estimate["interval"].is_array()) {
    text += " (95 % interval " + fixed(estimate["interval"][0], format) + " to " +
            fixed(estimate["interval"][1], format) + ")";
  }
  return text;
}

// The entry of a list whose fields have these values; null when there is none.
json find(const json& list, const std::vector<std::pair<const char*, std::string>>& wanted) {
  for (const auto& entry : list) {
    bool fits = true;
    for (const auto& [key, value] : wanted) fits = fits && entry.value(key, "") == value;
    if (fits) return entry;
  }
  return nullptr;
}

json list_of(const json& study, const char* item, const char* list) {
  return study.contains(item) && study[item].contains(list) ? study[item][list] : json::array();
}

enum class Verdict { better, worse, open };

Verdict verdict_of(const json& difference) {
  if (!is_defined(difference) || !difference["interval"].is_array()) return Verdict::open;
  if (difference["interval"][0].get<double>() > 0.0) return Verdict::better;
  if (difference["interval"][1].get<double>() < 0.0) return Verdict::worse;
  return Verdict::open;
}

std::string against_grad_cam(const char* subject, const json& pair, const char* measure,
                             const char* measure_name, const std::string& judge) {
  const auto& difference = pair.at(measure);
  std::string text = subject;
  switch (verdict_of(difference)) {
    case Verdict::better:
      text += " beats Grad-CAM";
      break;
    case Verdict::worse:
      text += " does worse than Grad-CAM";
      break;
    case Verdict::open:
      text += " does not beat Grad-CAM (the interval of the difference holds zero)";
      break;
  }
  return text + " by the area-fair measure: " + measure_name + " differs by " +
         show(difference, "%+.3f") + ", judged by " + judge + ", all classes.";
}

void add_representation(const json& study, std::vector<std::string>& sentences) {
  const json self = find(list_of(study, "fig13", "paired"), {{"method", "representation"},
                                                             {"against", "grad_cam"},
                                                             {"model", "paper"},
                                                             {"label", "all"}});
  if (self.is_null()) return;
  sentences.push_back(against_grad_cam("The paper's representation image", self, "deletion",
                                       "deletion (16 × 16 blocks, blur)", "the model itself"));
  std::string text =
      "It is drawn without a target: the map is the same whichever class is asked about, so it is "
      "not class-discriminative";
  const json random = find(
      list_of(study, "fig13", "paired"),
      {{"method", "representation"}, {"against", "random"}, {"model", "paper"}, {"label", "all"}});
  if (!random.is_null()) {
    const bool ranks = verdict_of(random.at("aoppc_block")) == Verdict::better;
    text += std::string(ranks ? ", though it ranks blocks better than random order does"
                              : ", and it does not rank blocks better than random order does") +
            ": " + show(random.at("aoppc_block"), "%+.3f");
  }
  sentences.push_back(text + ".");
}

void add_full_removal(const json& study, std::vector<std::string>& sentences) {
  const json covid = find(list_of(study, "fig13", "methods"),
                          {{"method", "representation"}, {"model", "paper"}, {"label", "covid19"}});
  if (covid.is_null() || !is_defined(covid.at("p_black"))) return;
  sentences.push_back(
      "With every pixel set to zero the paper's model still gives COVID-19 images a "
      "probability of COVID-19 of " +
      show(covid.at("p_black"), "%.2f") +
      ": what the paper's curves can fall by depends on that, not on the map "
      "alone.");
}

void add_selection(const json& study, std::vector<std::string>& sentences) {
  const json judged = find(
      list_of(study, "judge", "paired"),
      {{"method", "selection"}, {"against", "grad_cam"}, {"model", "selection"}, {"label", "all"}});
  if (!judged.is_null()) {
    sentences.push_back(against_grad_cam("The selecting decoder's map", judged, "deletion",
                                         "deletion (16 × 16 blocks, blur)",
                                         "an independent network") +
                        " Insertion differs by " + show(judged.at("insertion"), "%+.3f") + ".");
  }
  if (study.contains("judge") && study["judge"].contains("accuracy_difference")) {
    sentences.push_back("The selecting network's accuracy differs from the plain form's by " +
                        show(study["judge"].at("accuracy_difference"), "%+.3f") +
                        " on the same test images.");
  }
  if (!study.contains("audit")) return;
  const auto& readout = study["audit"].at("mask_readout");
  sentences.push_back(
      "A reader that sees the selection for " + readout.at("channel").get<std::string>() +
      " alone, whatever the answer, names the network's answer with accuracy " +
      show(readout.at("accuracy"), "%.2f") + "; the lungs' outline alone gives " +
      show(readout.at("lung_outline_accuracy"), "%.2f") +
      ", always naming the most frequent answer " + fixed(readout.at("chance"), "%.2f") + ".");
}

void add_accuracy(const json& study, std::vector<std::string>& sentences) {
  const json segmented = find(list_of(study, "table1", "arms"), {{"arm", "segmented"}});
  if (segmented.is_null()) return;
  const bool at_random = study.at("data").value("split_is_random", false);
  sentences.push_back(study["table1"].at("encoder").get<std::string>() +
                      " on segmented lungs reaches accuracy " + show(segmented.at("accuracy")) +
                      " on " + std::to_string(segmented.at("n").get<int64_t>()) +
                      (at_random ? " test images of a random split, as the paper's, which leaves "
                                   "patients on both sides; the paper states 0.879."
                                 : " test images of patients it has never seen; the paper states "
                                   "0.879 on its random split."));
}

}  // namespace

std::vector<std::string> summarise(const json& study) {
  std::vector<std::string> sentences;
  add_representation(study, sentences);
  add_full_removal(study, sentences);
  add_selection(study, sentences);
  sentences.push_back(study.at("data").at("confounding"));
  if (study.contains("leakage")) sentences.push_back(study["leakage"].at("sentence"));
  add_accuracy(study, sentences);
  int64_t failed = 0;
  for (const auto& stage : study.at("plan")) failed += stage.at("state") == "failed" ? 1 : 0;
  if (failed > 0)
    sentences.push_back(std::to_string(failed) +
                        " stages failed; the plan at the end gives their reasons.");
  return sentences;
}

}  // namespace cxrnet::study
