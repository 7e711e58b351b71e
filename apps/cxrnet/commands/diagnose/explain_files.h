// What the verb explain writes for one image.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cxrnet/core/output_folder.h"
#include "cxrnet/pipeline/explanation.h"

namespace cxrnet::app {

struct ExplainedImage {
  std::string stem;  ///< of the outputs' names
  pipeline::Diagnosis diagnosis;
  int64_t target = 0;                       ///< class that was asked about, in nn::kLabels
  std::vector<pipeline::MethodHeat> heats;  ///< at least one
};

/// Writes `<stem>.<method>.png` (16-bit grey) and `<stem>.<method>.npy` (f32) of each method,
/// `<stem>.heat.png` (8-bit grey) of the first, and `<stem>.panel.png` of all. Errors: disk_full;
/// of what else fails the folder tells.
void write_explanation(const ExplainedImage& image, OutputFolder& folder);

/// The image's entry in cxrnet.explain/1, its input aside. `method` and `inside_lung` speak of the
/// first method, as the first version of the schema did.
nlohmann::json explanation_json(const ExplainedImage& image);

}  // namespace cxrnet::app
