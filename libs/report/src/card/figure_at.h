// Figures of an evaluation's JSON by their paths, as a card writes them. Nothing here trusts the
// JSON: any member may be null or missing.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace cxrnet::report {

inline constexpr const char* kNoFigure = "–";

/// " (0.890–0.931)" of an interval [low, high]; nothing unless both ends are numbers.
std::string bounds_text(const nlohmann::json& interval);

/// "0.912 (0.890–0.931)" of the figure at a path; "undefined" with its reason where it is none; a
/// dash where it was not measured.
std::string figure_at(const nlohmann::json& result, const std::string& path);

/// A whole number, or a dash.
std::string count_text(const nlohmann::json& value);

}  // namespace cxrnet::report
