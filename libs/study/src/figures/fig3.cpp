// X-rays before and after CLAHE (paper, section III-A 2, Fig. 3), and what it does to grey values.
#include <array>
#include <map>
#include <opencv2/imgproc.hpp>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/random.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/pipeline/input.h"
#include "figures/items.h"
#include "run/workplace.h"
#include "stages/estimates.h"

namespace cxrnet::study {
namespace {

constexpr std::size_t kPerLabel = 25;  // images measured; the first of each label is shown
constexpr int kBins = 32;              // of 256 grey values

// The share of pixels in each bin.
using Histogram = std::array<double, kBins>;

struct Enhanced {
  cv::Mat before, after;
};

// Whole images as the arm `original` sees them, and the same without CLAHE.
Enhanced enhance(const data::Manifest& manifest, const data::ManifestRow& row,
                 nn::Preprocessing preprocessing) {
  preprocessing.arm = nn::Arm::original;
  const auto decoded = imaging::decode_image(read_file(data::resolve_path(manifest, row.path)));
  const auto square = pipeline::to_square(decoded, preprocessing).square;
  const auto input = [&](bool clahe) {
    preprocessing.clahe = clahe;
    return pipeline::classifier_input(square, {}, preprocessing);
  };
  return {.before = input(false), .after = input(true)};
}

double spread(const cv::Mat& image) {
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(image, mean, deviation);
  return deviation[0];
}

// What is measured of all images of one kind.
class GreyValues {
 public:
  void add(const cv::Mat& image) {
    for (int y = 0; y < image.rows; ++y) {
      for (int x = 0; x < image.cols; ++x)
        sum_[static_cast<std::size_t>(image.at<uint8_t>(y, x) * kBins / 256)] +=
            1.0 / static_cast<double>(image.total());
    }
    spreads_.push_back(spread(image));
  }
  const std::vector<double>& spreads() const { return spreads_; }
  nlohmann::json shares() const {
    nlohmann::json shares = nlohmann::json::array();
    for (const double sum : sum_) shares.push_back(sum / static_cast<double>(spreads_.size()));
    return shares;
  }

 private:
  Histogram sum_{};
  std::vector<double> spreads_;
};

nlohmann::json bin_centres() {
  nlohmann::json centres = nlohmann::json::array();
  for (int bin = 0; bin < kBins; ++bin) centres.push_back((bin + 0.5) * 256.0 / kBins - 0.5);
  return centres;
}

// Images of the training side, drawn from each label: the test side is not needed for pictures.
std::map<std::string, std::vector<std::size_t>> candidates(const Workplace& place) {
  std::map<std::string, std::vector<std::size_t>> by_label;
  const auto& rows = place.manifest.rows;
  for (const auto row : Random(place.seed_of("fig3")).permutation(rows.size())) {
    if (data::side_of(rows[row].columns.at(place.options.split_column)) == "train")
      by_label[rows[row].label].push_back(row);
  }
  return by_label;
}

nlohmann::json show(const Workplace& place, const data::ManifestRow& row, const Enhanced& image) {
  return {{"image_id", row.image_id},
          {"label", row.label},
          {"before", place.save_picture("fig3-" + row.label + "-before", image.before)},
          {"after", place.save_picture("fig3-" + row.label + "-after", image.after)}};
}

}  // namespace

nlohmann::json make_fig3(Workplace& place) {
  const auto& preprocessing = place.options.preprocessing;
  nlohmann::json rows = nlohmann::json::array();
  GreyValues before;
  GreyValues after;
  std::vector<std::string> patients;
  auto by_label = candidates(place);
  for (const auto label : nn::kLabels) {
    std::size_t measured = 0;
    for (const auto index : by_label[std::string(label)]) {
      if (measured == kPerLabel) break;
      place.stop_here();
      const auto& row = place.manifest.rows[index];
      try {
        const auto image = enhance(place.manifest, row, preprocessing);
        if (measured++ == 0) rows.push_back(show(place, row, image));
        before.add(image.before);
        after.add(image.after);
        patients.push_back(data::group_of(row));
      } catch (const Error& error) {
        if (concern_of(error.code()) != Concern::input) throw;  // the next image takes its place
      }
    }
  }
  if (patients.empty()) {
    throw Error(ErrorCode::empty_input,
                "training side: expected an image that can be read, got none; check the manifest");
  }
  const auto& bootstrap = place.options.bootstrap;
  return {{"n", patients.size()},
          {"split", place.options.split_column},
          {"clip_limit", preprocessing.clahe_clip_limit},
          {"tiles", preprocessing.clahe_tiles},
          {"rows", rows},
          {"grey_values", bin_centres()},
          {"share_before", before.shares()},
          {"share_after", after.shares()},
          {"spread_before", to_json(mean_estimate(before.spreads(), patients, bootstrap))},
          {"spread_after", to_json(mean_estimate(after.spreads(), patients, bootstrap))},
          {"spread_difference", to_json(metrics::paired_difference(
                                    after.spreads(), before.spreads(), patients, bootstrap))}};
}

}  // namespace cxrnet::study
