// The page of a reproduction of the paper: each table and figure of its results, the paper's
// beside.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cxrnet::report {

/// HTML 5 without scripts and without anything from outside. `study`: schema "cxrnet.study/1";
/// pictures and figures/NAME.svg (draw_study_figures) are read below `folder` and put into the
/// page. The page opens with the study's own summary. A section that is absent says why, by the
/// study's plan; a figure without a value says why; a picture that cannot be read says so and
/// leaves the rest as it is.
/// Errors: invalid_option unless `study` is a study.
std::string format_study_report(const nlohmann::json& study, const std::filesystem::path& folder);

}  // namespace cxrnet::report
