#include "stages/lung_overlap.h"

#include <ATen/core/Tensor.h>

#include <nlohmann/json.hpp>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/data/image_codec.h"
#include "cxrnet/nn/unet.h"
#include "cxrnet/pipeline/segmentation.h"

namespace cxrnet::study {
namespace {

cv::Mat to_mat(const at::Tensor& pixels) {  // [H, W] u8
  const auto packed = pixels.contiguous();
  return cv::Mat(static_cast<int>(packed.size(0)), static_cast<int>(packed.size(1)), CV_8UC1,
                 packed.data_ptr())
      .clone();
}

nlohmann::json to_json(const metrics::Figure& figure) {
  return figure.value ? nlohmann::json(*figure.value) : nlohmann::json(figure.undefined);
}

metrics::Figure figure_from(const nlohmann::json& value) {
  return value.is_number() ? metrics::defined(value) : metrics::undefined(value);
}

}  // namespace

cv::Mat image_of(const data::Record& record) { return to_mat(data::decode_grey(record.image)); }

cv::Mat mask_of(const data::Record& record) {
  if (record.mask.empty()) return {};
  return to_mat(data::decode_mask(record.mask).to(at::kByte).mul(255));
}

std::vector<metrics::MaskOverlap> overlaps_of(nn::UNet& segmenter,
                                              const data::ShardDataset& dataset,
                                              const std::vector<std::size_t>& indices) {
  segmenter->eval();
  std::vector<metrics::MaskOverlap> overlaps;
  for (const auto index : indices) {
    const auto& record = dataset[index];
    const auto predicted = pipeline::segment_lungs(segmenter, image_of(record));
    const auto actual = mask_of(record);
    overlaps.push_back(metrics::mask_overlap({predicted.data, predicted.total()},
                                             {actual.data, actual.total()}, record.group));
  }
  return overlaps;
}

void write_overlaps(const std::filesystem::path& path,
                    const std::vector<metrics::MaskOverlap>& overlaps) {
  nlohmann::json document = nlohmann::json::array();
  for (const auto& overlap : overlaps) {
    document.push_back(
        {{"iou", to_json(overlap.iou)}, {"dice", to_json(overlap.dice)}, {"group", overlap.group}});
  }
  write_file_atomically(path, document.dump());
}

std::vector<metrics::MaskOverlap> read_overlaps(const std::filesystem::path& path) {
  std::vector<metrics::MaskOverlap> overlaps;
  try {
    for (const auto& row : nlohmann::json::parse(read_file(path))) {
      overlaps.push_back({.iou = figure_from(row.at("iou")),
                          .dice = figure_from(row.at("dice")),
                          .group = row.at("group")});
    }
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::unreadable,
                "overlaps: expected the file of a stage that is done, got another; remove the "
                "stage's folder and run again");
  }
  return overlaps;
}

}  // namespace cxrnet::study
