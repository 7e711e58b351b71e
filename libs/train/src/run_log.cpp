#include "cxrnet/train/run_log.h"

#include <sstream>

#include "cxrnet/core/files.h"

namespace cxrnet::train {
namespace {

std::string keep_rows(const std::filesystem::path& path, int64_t finished_epochs) {
  if (finished_epochs == 0 || !std::filesystem::exists(path)) return {};
  std::istringstream text(read_file(path));
  std::string kept;
  std::string row;
  for (int64_t i = 0; i <= finished_epochs && std::getline(text, row); ++i) kept += row + "\n";
  return kept;
}

std::string header_of(const EpochReport& report) {
  std::string header =
      "epoch,step,learning_rate,training_loss,images_per_second,data_wait_share,seconds,score,is_"
      "best";
  for (const auto& [name, value] : report.figures) header += ",validation_" + name;
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

}  // namespace

RunLog::RunLog(std::filesystem::path folder, int64_t finished_epochs)
    : path_(folder / "epochs.csv"), rows_(keep_rows(path_, finished_epochs)), events_(folder) {}

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
