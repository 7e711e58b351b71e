// Twenty training images of unequal classes, and one of each class to validate on. Every image is
// of one grey, that of its class.
#pragma once

#include <array>
#include <filesystem>

#include "cxrnet/nn/labels.h"
#include "cxrnet/train/sides.h"
#include "synthetic_dataset.h"

namespace cxrnet::train {

inline constexpr std::array<int64_t, 4> kUnequalCounts{10, 5, 3, 2};  // of training, by label
inline constexpr std::array<int, 4> kUnequalGreys{40, 80, 120, 200};  // of 255, by label
inline constexpr double kUnequalMean = 78.0 / 255.0;  // (10 * 40 + 5 * 80 + 3 * 120 + 2 * 200) / 20

inline data::ShardDataset write_unequal_dataset(const std::filesystem::path& folder) {
  data::ShardWriter writer(folder, data::synthetic_description());
  std::size_t number = 0;
  const auto add = [&](std::size_t label) {
    auto record = data::synthetic_record(number);
    record.label = nn::kLabels[label];
    record.group = "g" + std::to_string(number++);
    record.image =
        data::encode_png(data::kSyntheticSize, [&](auto, auto) { return kUnequalGreys[label]; });
    writer.add(record);
  };
  for (std::size_t label = 0; label < kUnequalCounts.size(); ++label) add(label);
  for (std::size_t label = 0; label < kUnequalCounts.size(); ++label)
    for (int64_t i = 0; i < kUnequalCounts[label]; ++i) add(label);
  writer.finish();
  return data::ShardDataset::open(folder);
}

inline Sides unequal_sides() {
  Sides sides{.training = {}, .validation = {0, 1, 2, 3}};
  for (std::size_t index = 4; index < 24; ++index) sides.training.push_back(index);
  return sides;
}

}  // namespace cxrnet::train
