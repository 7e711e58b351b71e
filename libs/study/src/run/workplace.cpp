#include "run/workplace.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/random.h"
#include "cxrnet/imaging/encode.h"
#include "run/stage_record.h"

namespace cxrnet::study {
namespace {

constexpr int kPictureSide = 256;  // pixels; smaller pictures are enlarged to be read on a page

}  // namespace

nlohmann::json Workplace::result(const std::string& stage) const {
  const auto record = read_stage_record(stage_folder(stage));
  if (!record || record->state != kDone) {
    throw Error(ErrorCode::internal,
                "stage " + stage + ": expected a result, got none; please report it");
  }
  return record->result;
}

uint64_t Workplace::seed_of(const std::string& stage) const {
  uint64_t name = 0;
  for (const char letter : stage) name = derive_seed({name, static_cast<unsigned char>(letter)});
  return derive_seed({seed, name}) >> 1;  // fits libtorch's and JSON's signed numbers, too
}

std::string Workplace::save_picture(const std::string& name, const cv::Mat& image) const {
  cv::Mat shown = image;
  if (std::max(image.rows, image.cols) < kPictureSide) {
    const double factor = static_cast<double>(kPictureSide) / std::max(image.rows, image.cols);
    cv::resize(image, shown, {}, factor, factor, cv::INTER_LINEAR);
  }
  const std::string path = "pictures/" + name + ".png";
  std::filesystem::create_directories(folder_ / "pictures");
  write_file_atomically(folder_ / path, imaging::encode_png(shown));
  return path;
}

void Workplace::stop_here() const {
  if (!stop_requested()) return;
  throw Error(ErrorCode::interrupted,
              "study: expected to finish, got a signal; run the same command again to go on");
}

}  // namespace cxrnet::study
