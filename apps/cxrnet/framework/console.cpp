#include "framework/console.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <ostream>
#include <sstream>

#include "cxrnet/core/printable.h"

namespace cxrnet::app {
namespace {

constexpr std::string_view kRed = "\033[31m";
constexpr std::string_view kYellow = "\033[33m";
constexpr std::string_view kReset = "\033[0m";
constexpr std::string_view kClearLine = "\r\033[K";
constexpr int kBarWidth = 24;
constexpr std::chrono::milliseconds kRedrawInterval{100};
constexpr std::chrono::seconds kLineInterval{30};
constexpr double kLeastSeconds = 0.01;  // before, a rate says nothing

// Characters as a terminal counts them, near enough: UTF-8 continuation bytes take no place.
std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

bool looks_like_number(std::string_view text) {
  return text.empty() || text == "-" ||
         text.find_first_not_of("0123456789+-.,%e ") == std::string_view::npos;
}

std::string format_duration(double seconds) {
  const auto whole = std::llround(seconds);
  std::ostringstream text;
  if (whole >= 3600) text << whole / 3600 << ':' << std::setw(2) << std::setfill('0');
  text << whole / 60 % 60 << ':' << std::setw(2) << std::setfill('0') << whole % 60;
  return text.str();
}

std::string format_row(const std::vector<std::string>& cells,
                       const std::vector<std::size_t>& widths, const std::vector<bool>& numeric) {
  std::string line;
  for (std::size_t column = 0; column < cells.size(); ++column) {
    const std::string padding(widths[column] - display_width(cells[column]), ' ');
    if (column > 0) line += "  ";
    line += numeric[column] ? padding + cells[column] : cells[column] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

std::string format_printable_table(const Table& table) {
  std::vector<std::size_t> widths;
  for (const auto& name : table.header) widths.push_back(display_width(name));
  std::vector<bool> numeric(table.header.size(), !table.rows.empty());
  for (const auto& row : table.rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths.at(column) = std::max(widths.at(column), display_width(row[column]));
      if (!looks_like_number(row[column])) numeric[column] = false;
    }
  }
  std::string text = format_row(table.header, widths, numeric);
  std::vector<std::string> rules;
  rules.reserve(widths.size());
  for (const auto width : widths) rules.emplace_back(width, '-');
  text += format_row(rules, widths, numeric);
  for (const auto& row : table.rows) text += format_row(row, widths, numeric);
  return text;
}

}  // namespace

std::string format_table(const Table& table) {
  Table shown = table;
  for (auto& row : shown.rows) {
    for (auto& cell : row) cell = printable(cell);
  }
  return format_printable_table(shown);
}

std::string json_text(const nlohmann::json& document) {
  return printable_json(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)) +
         '\n';
}

std::string format_fixed(double value, int decimals) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(decimals) << value;
  return text.str();
}

Console::Style Console::style_of_process() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  Style style;
  style.terminal =
      ::isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
  style.colour = style.terminal && (no_color == nullptr || *no_color == '\0');
  return style;
}

void Console::print(std::string_view text) {
  errno = 0;
  out_ << text << std::flush;
  if (out_) return;
  throw Error(errno == ENOSPC ? ErrorCode::disk_full : ErrorCode::write_failed,
              "standard output: expected it to take the data, got a write error; free space or "
              "redirect it elsewhere");
}

void Console::print_line(std::string_view text) { print(std::string(text) + '\n'); }

void Console::print_table(const Table& table) { print(format_table(table)); }

void Console::print_json(const nlohmann::json& value) { print(json_text(value)); }

void Console::print_file(const std::filesystem::path& path) {
  struct stat stored {
  }, printed{};
  if (::stat(path.c_str(), &stored) == 0 && ::fstat(STDOUT_FILENO, &printed) == 0 &&
      stored.st_dev == printed.st_dev && stored.st_ino == printed.st_ino)
    return;  // it is standard output, which has it
  std::ifstream file(path, std::ios::binary);
  std::string piece(std::size_t{1} << 16, '\0');
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())), file.gcount() > 0)
    print(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())));
  if (file.eof()) return;
  throw Error(ErrorCode::unreadable,
              "result file: expected to read what was written, got an error; is the disk well?");
}

void Console::message(std::string_view text) {
  if (!style_.quiet) write_message_line(printable(text));
}

void Console::warning(std::string_view text) {
  write_message_line("cxrnet: " + painted("warning", kYellow) + ": " + printable(text));
}

void Console::error(ErrorCode code, std::string_view text) {
  write_message_line("cxrnet: " + painted("error", kRed) + " [" + std::string(reason_code(code)) +
                     "]: " + printable(text));
}

void Console::refused(std::string_view input, ErrorCode code, std::string_view text) {
  write_item("refused", code, input, text);
}

void Console::not_written(std::string_view file, ErrorCode code, std::string_view text) {
  write_item("not written", code, file, text);
}

void Console::write_item(std::string_view what, ErrorCode code, std::string_view item,
                         std::string_view text) {
  write_message_line("cxrnet: " + painted(what, kRed) + " [" + std::string(reason_code(code)) +
                     "] " + printable(item) + ": " + printable(text));
}

void Console::write_message_line(std::string_view text) {
  if (bar_on_line_) err_ << kClearLine;
  bar_on_line_ = false;
  err_ << text << '\n' << std::flush;
}

std::string Console::painted(std::string_view text, std::string_view colour) const {
  if (!style_.colour) return std::string(text);
  return std::string(colour) + std::string(text) + std::string(kReset);
}

std::string format_progress(const Progress& progress, int bar_width) {
  std::ostringstream text;
  text << progress.label;
  const double share =
      progress.total > 0 ? std::clamp(static_cast<double>(progress.done) / progress.total, 0.0, 1.0)
                         : 0.0;
  if (bar_width > 0) {
    const auto filled = static_cast<std::size_t>(share * bar_width);
    text << " [" << std::string(filled, '#') << std::string(bar_width - filled, '-') << ']';
  }
  text << ' ' << progress.done << '/' << progress.total << ' ' << progress.unit << std::fixed;
  if (progress.seconds > kLeastSeconds && progress.done > 0) {
    const double rate = progress.done / progress.seconds;
    text << ", " << std::setprecision(1) << rate << ' ' << progress.unit << "/s";
    text << ", " << format_duration((progress.total - progress.done) / rate) << " left";
  }
  if (progress.loss) text << ", loss " << std::setprecision(4) << *progress.loss;
  return text.str();
}

ProgressBar::ProgressBar(Console& console, std::string label, int64_t total, std::string unit)
    : console_(console),
      progress_{.label = std::move(label), .total = total, .unit = std::move(unit)} {}

ProgressBar::~ProgressBar() {
  if (!console_.bar_on_line_) return;
  console_.err_ << '\n' << std::flush;
  console_.bar_on_line_ = false;
}

void ProgressBar::update(int64_t done, std::optional<double> loss) {
  if (console_.style_.quiet) return;
  progress_.done = done;
  progress_.loss = loss;
  const auto now = Clock::now();
  progress_.seconds = std::chrono::duration<double>(now - started_).count();
  const bool terminal = console_.style_.terminal;
  const bool due = now - drawn_ >=
                   (terminal ? Clock::duration(kRedrawInterval) : Clock::duration(kLineInterval));
  if (!due && done != progress_.total) return;
  drawn_ = now;
  draw();
}

void ProgressBar::draw() {
  if (!console_.style_.terminal) {
    console_.write_message_line(format_progress(progress_, 0));
    return;
  }
  console_.err_ << kClearLine << format_progress(progress_, kBarWidth) << std::flush;
  console_.bar_on_line_ = true;
}

}  // namespace cxrnet::app
