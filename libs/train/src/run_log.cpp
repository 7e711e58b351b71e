#include "cxrnet/train/run_log.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"

namespace cxrnet::train {
namespace {

constexpr std::string_view kFigurePrefix = "validation_";

// The header and the rows up to that epoch, whose number is a row's first cell.
std::string keep_rows(const std::filesystem::path& path, int64_t finished_epochs) {
  if (finished_epochs == 0 || !std::filesystem::exists(path)) return {};
  std::istringstream text(read_file(path));
  std::string row;
  std::getline(text, row);
  std::string kept = row + "\n";
  while (std::getline(text, row) && std::strtoll(row.c_str(), nullptr, 10) <= finished_epochs)
    kept += row + "\n";
  return kept;
}

std::string header_of(const EpochReport& report) {
  std::string header =
      "epoch,step,learning_rate,training_loss,images_per_second,data_wait_share,seconds,score,is_"
      "best";
  for (const auto& [name, value] : report.figures)
    header += "," + std::string(kFigurePrefix) + name;
  return header + "\n";
}

std::string row_of(const EpochReport& report) {
  std::ostringstream row;
  row.precision(8);
  row << report.epoch << ',' << report.step << ',' << report.learning_rate << ','
      << report.training_loss << ',' << report.images_per_second << ',' << report.data_wait_share
      << ',' << report.seconds << ',' << report.score << ',' << (report.is_best ? 1 : 0);
  for (const auto& [name, value] : report.figures) row << ',' << value;
  row << '\n';
  return row.str();
}

[[noreturn]] void reject(const std::string& expected, const std::string& got) {
  throw Error(ErrorCode::invalid_option,
              "epochs.csv: expected " + expected + ", got " + got + "; give a training run's own");
}

std::vector<std::string> split_row(const std::string& row) {
  std::vector<std::string> cells;
  std::istringstream text(row);
  for (std::string cell; std::getline(text, cell, ',');) cells.push_back(cell);
  return cells;
}

// The cells of a row by the name of their column.
std::map<std::string, double> read_cells(const std::vector<std::string>& header,
                                         const std::string& row) {
  const auto texts = split_row(row);
  if (texts.size() != header.size())
    reject(std::to_string(header.size()) + " cells in a row", std::to_string(texts.size()));
  std::map<std::string, double> cells;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    char* end = nullptr;
    cells[header[i]] = std::strtod(texts[i].c_str(), &end);
    if (texts[i].empty() || *end != '\0') reject("numbers", "'" + texts[i] + "'");
  }
  return cells;
}

EpochReport report_of(const std::map<std::string, double>& cells) {
  EpochReport report{.epoch = static_cast<int64_t>(cells.at("epoch")),
                     .training_loss = cells.at("training_loss"),
                     .seconds = cells.at("seconds"),
                     .is_best = cells.at("is_best") != 0.0};
  for (const auto& [column, value] : cells) {
    if (column.rfind(kFigurePrefix, 0) == 0)
      report.figures[column.substr(kFigurePrefix.size())] = value;
  }
  return report;
}

}  // namespace

std::vector<EpochReport> parse_epochs(const std::string& csv) {
  std::istringstream text(csv);
  std::string row;
  std::getline(text, row);
  const auto header = split_row(row);
  for (const char* column : {"epoch", "training_loss", "seconds", "is_best"}) {
    if (std::find(header.begin(), header.end(), column) == header.end())
      reject("a column '" + std::string(column) + "'", "none");
  }
  std::vector<EpochReport> epochs;
  while (std::getline(text, row)) {
    if (!row.empty()) epochs.push_back(report_of(read_cells(header, row)));
  }
  return epochs;
}

RunLog::RunLog(std::filesystem::path folder, int64_t finished_epochs)
    : path_(folder / "epochs.csv"), rows_(keep_rows(path_, finished_epochs)), events_(folder) {
  if (rows_.empty()) std::filesystem::remove(path_);  // of a run that this one replaces
}

void RunLog::add_step(int64_t step, double loss, double learning_rate, double gradient_norm) {
  events_.add_scalar("training/loss", loss, step);
  events_.add_scalar("training/learning_rate", learning_rate, step);
  events_.add_scalar("training/gradient_norm", gradient_norm, step);
}

void RunLog::add_epoch(const EpochReport& report) {
  if (rows_.empty()) rows_ = header_of(report);
  rows_ += row_of(report);
  write_file_atomically(path_, rows_);
  events_.add_scalar("epoch/training_loss", report.training_loss, report.step);
  events_.add_scalar("epoch/images_per_second", report.images_per_second, report.step);
  events_.add_scalar("epoch/data_wait_share", report.data_wait_share, report.step);
  for (const auto& [name, value] : report.figures)
    events_.add_scalar("validation/" + name, value, report.step);
}

}  // namespace cxrnet::train
