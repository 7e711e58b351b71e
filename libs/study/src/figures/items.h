// Stages that make a section of study.json out of what was trained before them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace cxrnet::study {

class Workplace;

nlohmann::json make_fig3(Workplace& place);     ///< images before and after CLAHE
nlohmann::json make_fig7(Workplace& place);     ///< annotated lungs, what the segmenter learns from
nlohmann::json make_fig8(Workplace& place);     ///< lung segmentation
nlohmann::json make_fig9(Workplace& place);     ///< six encoders, original images
nlohmann::json make_fig10(Workplace& place);    ///< both arms: accuracy, loss curves, McNemar
nlohmann::json make_fig11(Workplace& place);    ///< confusion matrices
nlohmann::json make_table1(Workplace& place);   ///< precision, recall, F1 by class
nlohmann::json make_leakage(Workplace& place);  ///< patients met in training against others

}  // namespace cxrnet::study
