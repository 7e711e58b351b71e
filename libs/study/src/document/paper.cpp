// The paper's figures in the words of study.json.
#include "cxrnet/metrics/paper_figures.h"

#include "document/document.h"

namespace cxrnet::study {
namespace {

constexpr std::array kArms{nn::Arm::original, nn::Arm::segmented};

nlohmann::json table1() {
  nlohmann::json arms = nlohmann::json::array();
  for (const auto arm : kArms) {
    const auto& paper = metrics::paper_figures(arm);
    nlohmann::json classes = nlohmann::json::array();
    for (const auto& row : paper.classes) {
      classes.push_back({{"label", row.label},
                         {"precision", row.precision},
                         {"recall", row.recall},
                         {"f1", row.f1}});
    }
    arms.push_back({{"arm", to_string(arm)}, {"accuracy", paper.accuracy}, {"classes", classes}});
  }
  return {{"arms", arms}};
}

nlohmann::json fig11() {
  nlohmann::json matrices = nlohmann::json::array();
  for (const auto arm : kArms) {
    const auto matrix = metrics::paper_confusion(arm);
    const auto& labels = matrix.labels();
    nlohmann::json counts = nlohmann::json::array();
    for (std::size_t actual = 0; actual < labels.size(); ++actual) {
      nlohmann::json row = nlohmann::json::array();
      for (std::size_t predicted = 0; predicted < labels.size(); ++predicted)
        row.push_back(matrix.count(actual, predicted));
      counts.push_back(row);
    }
    matrices.push_back({{"arm", to_string(arm)}, {"labels", labels}, {"counts", counts}});
  }
  return {{"matrices", matrices}};
}

}  // namespace

const nlohmann::json& paper_figures() {
  static const nlohmann::json kFigures = [] {
    nlohmann::json aoppc;
    for (const char* method : {"representation", "grad_cam", "saliency"})
      aoppc[method] = metrics::paper_aoppc(method).value();
    return nlohmann::json{{"iou", metrics::kPaperLungIou},
                          {"accuracy",
                           {{"original", metrics::paper_figures(nn::Arm::original).accuracy},
                            {"segmented", metrics::paper_figures(nn::Arm::segmented).accuracy}}},
                          {"table1", table1()},
                          {"fig11", fig11()},
                          {"aoppc", aoppc}};
  }();
  return kFigures;
}

}  // namespace cxrnet::study
