#include "cxrnet/report/case_json.h"

#include <nlohmann/json.hpp>

#include "case/check_diagnosis.h"
#include "cxrnet/nn/labels.h"

namespace cxrnet::report {

nlohmann::json case_json(const pipeline::Diagnosis& diagnosis, const nn::ModelIdentity& model) {
  using nlohmann::json;
  require_probabilities(diagnosis);
  json probabilities = json::object();
  for (std::size_t i = 0; i < nn::kLabels.size(); ++i) {
    probabilities[std::string(nn::kLabels[i])] = diagnosis.probabilities[i];
  }
  json flags = json::array();
  for (const auto flag : diagnosis.flags) flags.push_back(std::string(pipeline::flag_name(flag)));
  return {{"label", diagnosis.label},
          {"probabilities", std::move(probabilities)},
          {"calibrated", diagnosis.calibrated},
          {"flags", std::move(flags)},
          {"lung_fraction", diagnosis.mask.empty() ? json() : json(diagnosis.lung_fraction)},
          {"model", to_json(model)}};
}

}  // namespace cxrnet::report
