// Streams: stdout carries data, stderr progress and messages. Colours and progress bars only on a
// terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cxrnet/core/error.h"

namespace cxrnet::app {

/// Rows of text under a header; what a terminal would obey in them is shown (see printable).
/// Columns that hold only numbers (or "-") are aligned to the right.
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};
std::string format_table(const Table& table);

/// The lines of a JSON document, indented by two. File names need not be UTF-8; a replacement
/// character keeps the document valid. What a terminal would obey is escaped.
std::string json_text(const nlohmann::json& document);

/// A number with a fixed count of decimals, such as "0.879".
std::string format_fixed(double value, int decimals);

class Console {
 public:
  struct Style {
    bool colour = false;    ///< escape sequences on stderr
    bool terminal = false;  ///< stderr is a terminal: progress bars may redraw their line
    bool quiet = false;     ///< no messages and no progress; warnings and errors stay
  };

  Console(std::ostream& out, std::ostream& err, Style style)
      : out_(out), err_(err), style_(style) {}

  /// What this process's stderr allows: a terminal, and colours unless NO_COLOR is set or TERM is
  /// "dumb".
  static Style style_of_process();

  void set_quiet(bool quiet) { style_.quiet = quiet; }
  const Style& style() const { return style_; }

  // stdout. Errors: disk_full or write_failed when the stream does not take the data.
  void print(std::string_view text);
  void print_line(std::string_view text);
  void print_table(const Table& table);
  void print_json(const nlohmann::json& value);
  void print_file(const std::filesystem::path& path);  ///< as it is. Errors: those of reading, too

  // stderr; what a terminal would obey in the texts is shown (see printable)
  void message(std::string_view text);                ///< silent under --quiet
  void warning(std::string_view text);                ///< "cxrnet: warning: text"
  void error(ErrorCode code, std::string_view text);  ///< "cxrnet: error [reason_code]: text"
  /// One refused input of a batch: "cxrnet: refused [reason_code] input: text".
  void refused(std::string_view input, ErrorCode code, std::string_view text);
  /// One output that could not be written: "cxrnet: not written [reason_code] file: text".
  void not_written(std::string_view file, ErrorCode code, std::string_view text);

 private:
  friend class ProgressBar;
  void write_message_line(std::string_view text);
  void write_item(std::string_view what, ErrorCode code, std::string_view item,
                  std::string_view text);
  std::string painted(std::string_view text, std::string_view colour) const;

  std::ostream& out_;
  std::ostream& err_;
  Style style_;
  bool bar_on_line_ = false;  // a progress bar holds the terminal's current line
};

/// Where a long piece of work stands.
struct Progress {
  std::string label;  ///< such as "epoch 3/40"
  int64_t done = 0, total = 0;
  double seconds = 0.0;  ///< since the work began
  std::optional<double> loss = {};
  std::string unit = "images";
};
/// "epoch 3/40 [#####-----] 50/100 images, 25.0 images/s, 0:02 left, loss 0.4312"; `bar_width` 0
/// leaves the bar away.
std::string format_progress(const Progress& progress, int bar_width);

/// Redraws one line on a terminal; elsewhere writes a line every half minute. Nothing under
/// --quiet.
class ProgressBar {
 public:
  ProgressBar(Console& console, std::string label, int64_t total, std::string unit = "images");
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();

  void update(int64_t done, std::optional<double> loss = std::nullopt);

 private:
  using Clock = std::chrono::steady_clock;
  void draw();

  Console& console_;
  Progress progress_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point drawn_ = started_;
};

}  // namespace cxrnet::app
