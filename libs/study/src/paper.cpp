#include "document.h"

namespace cxrnet::study {
namespace {

nlohmann::json paper_class(const char* label, double precision, double recall, double f1) {
  return {{"label", label}, {"precision", precision}, {"recall", recall}, {"f1", f1}};
}

nlohmann::json table1() {
  return {
      {"arms",
       {{{"arm", "original"},
         {"accuracy", 0.847},
         {"classes",
          {paper_class("healthy", 0.881, 0.974, 0.925),
           paper_class("bacterial", 0.870, 0.838, 0.854), paper_class("viral", 0.686, 0.655, 0.670),
           paper_class("covid19", 0.985, 0.985, 0.985)}}},
        {{"arm", "segmented"},
         {"accuracy", 0.879},
         {"classes",
          {paper_class("healthy", 0.925, 0.967, 0.946),
           paper_class("bacterial", 0.891, 0.868, 0.879), paper_class("viral", 0.748, 0.745, 0.747),
           paper_class("covid19", 0.985, 0.992, 0.989)}}}}}};
}

// Rows: actual; the paper orders its classes otherwise.
nlohmann::json fig11() {
  const nlohmann::json labels{"healthy", "bacterial", "viral", "covid19"};
  return {{"matrices",
           {{{"arm", "original"},
             {"labels", labels},
             {"counts", {{297, 2, 4, 2}, {12, 450, 75, 0}, {27, 65, 175, 0}, {1, 0, 1, 128}}}},
            {{"arm", "segmented"},
             {"labels", labels},
             {"counts", {{295, 3, 6, 1}, {10, 466, 61, 0}, {13, 54, 199, 1}, {1, 0, 0, 129}}}}}}};
}

}  // namespace

const nlohmann::json& paper_figures() {
  static const nlohmann::json kFigures{
      {"iou", 0.925},
      {"accuracy", {{"original", 0.847}, {"segmented", 0.879}}},
      {"table1", table1()},
      {"fig11", fig11()},
      {"aoppc", {{"representation", 0.903}, {"grad_cam", 0.868}, {"saliency", 0.629}}}};
  return kFigures;
}

}  // namespace cxrnet::study
