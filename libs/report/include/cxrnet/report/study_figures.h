// The diagrams of a reproduction of the paper: Fig. 9, 10 and 13, and those beyond the paper.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace cxrnet::report {

/// Draws what `study` (schema "cxrnet.study/1") holds with gnuplot into `folder`/figures: for each
/// diagram NAME.svg, NAME.csv (the numbers drawn) and NAME.gp (the script), so that `gnuplot
/// NAME.gp` in that folder draws it again. Names: fig9 (encoders), fig10a (arms), fig10b (training
/// loss), fig13_block, fig13_threshold, fig13_rank (probability perturbation curves, eq. 12, of the
/// paper's model), fig13_block_selection (of the selecting model), judge_block and
/// judge_block_selection (the same by the independent judge), judge_paired (paired differences),
/// sanity (cascading randomisation, Adebayo et al. 2018). A diagram whose numbers are absent is not
/// drawn, and one of that name from an earlier run is removed. gnuplot is looked for on PATH when
/// called and runs without a shell. Errors: invalid_option unless `study` is a study; not_found
/// without gnuplot; internal when gnuplot fails; write_failed, disk_full.
void draw_study_figures(const nlohmann::json& study, const std::filesystem::path& folder);

}  // namespace cxrnet::report
