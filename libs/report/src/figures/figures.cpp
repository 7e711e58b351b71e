#include "cxrnet/report/study_figures.h"

#include <utility>
#include <vector>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "figures/drawings.h"
#include "study/names.h"

namespace cxrnet::report {
namespace {

namespace fs = std::filesystem;

// The maps of the paper's model, and those of the selecting model: a figure of each, since a curve
// is of the answer that its own model gives. The selecting model's own map alone is no comparison
// and joins the others.
std::pair<Json, Json> by_model(const Json& methods) {
  if (!compares_selecting_model(methods)) return {methods, Json::array()};
  std::pair<Json, Json> models{Json::array(), Json::array()};
  for (const auto& entry : methods) {
    const bool selects = text_of(entry, "model") == "selection";
    (selects ? models.second : models.first).push_back(entry);
  }
  return models;
}

std::vector<std::pair<std::string, std::optional<Drawing>>> drawings(const Json& study) {
  const auto [curves, selecting] = by_model(items(member(study, "fig13"), "methods"));
  const auto [judged, judged_selecting] = by_model(items(member(study, "judge"), "methods"));
  return {
      {"fig3", draw_grey_values(study)},
      {"fig9", draw_encoders(study)},
      {"fig10a", draw_arms(study)},
      {"fig10b", draw_training_loss(study)},
      {"fig13_block", draw_curves(curves, Removal::block, "fig13_block")},
      {"fig13_threshold", draw_curves(curves, Removal::threshold, "fig13_threshold")},
      {"fig13_rank", draw_curves(curves, Removal::rank, "fig13_rank")},
      {"fig13_block_selection", draw_curves(selecting, Removal::block, "fig13_block_selection")},
      {"judge_block_selection",
       draw_curves(judged_selecting, Removal::block, "judge_block_selection")},
      {"judge_block", draw_curves(judged, Removal::block, "judge_block")},
      {"judge_paired", draw_paired(study)},
      {"sanity", draw_sanity(study)}};
}

}  // namespace

void draw_study_figures(const Json& study, const fs::path& folder) {
  require_study(study);
  const fs::path figures = folder / "figures";
  std::error_code failed;
  fs::create_directories(figures, failed);
  if (failed) {
    throw Error(ErrorCode::write_failed,
                "figures: expected a folder that can be written, got '" + failed.message() +
                    "'; choose another output folder or free the name 'figures' in it");
  }
  for (const auto& [name, drawing] : drawings(study)) {
    const auto file = [&, &stem = name](const char* suffix) { return figures / (stem + suffix); };
    if (!drawing) {
      for (const char* suffix : {".svg", ".csv", ".gp"}) fs::remove(file(suffix), failed);
      continue;
    }
    const std::string svg = run_gnuplot(*drawing);
    write_file_atomically(file(".csv"), drawing->csv);
    write_file_atomically(file(".gp"), whole_script(*drawing));
    write_file_atomically(file(".svg"), svg);
  }
}

}  // namespace cxrnet::report
