// One diagram as gnuplot's script and data, and the program run on it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cxrnet::report {

/// `script` reads NAME.csv; terminal and output are set before it.
struct Drawing {
  std::string name;  ///< of the files, without suffix: letters, digits and _ alone
  std::string csv;   ///< header line and rows
  std::string script;
  int width = 0;  ///< of the picture, in pixels at a font of 13
  int height = 0;
};

/// `text` as a string of gnuplot's, quotes included. Letters, digits, spaces and harmless signs are
/// kept, also those beyond ASCII; all others, such as quotes, backticks and line breaks, become
/// '?': gnuplot can run programs, and no text gets the chance to ask it to.
std::string plot_string(std::string_view text);

/// `text` as a field of a CSV file (RFC 4180).
std::string csv_field(std::string_view text);

/// The script as it stands beside the figure.
std::string whole_script(const Drawing& drawing);

/// The SVG. gnuplot runs in a temporary folder, without a shell and without the user's settings.
/// Errors: not_found when the program is not on PATH; internal, with gnuplot's own words, when it
/// fails or leaves no picture; write_failed, disk_full.
std::string run_gnuplot(const Drawing& drawing);

}  // namespace cxrnet::report
