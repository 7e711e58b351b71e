// Sections of study.json about explanations (paper, section IV-C 3).
#pragma once

#include <nlohmann/json.hpp>

namespace cxrnet::study {

class Workplace;

nlohmann::json make_fig12(Workplace& place);  ///< heat maps side by side
nlohmann::json make_fig13(Workplace& place);  ///< perturbation curves, judged by the model itself
nlohmann::json make_judge(Workplace& place);  ///< the same by an independent judge
nlohmann::json make_fig14(Workplace& place);  ///< heat maps and annotated lesions
nlohmann::json make_audit(Workplace& place);  ///< can the maps be trusted?
nlohmann::json make_ablations(Workplace& place);  ///< one line for each part left out

}  // namespace cxrnet::study
