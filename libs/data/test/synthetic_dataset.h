// Small prepared data sets whose pixels are known by formula.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "cxrnet/data/shards.h"

namespace cxrnet::data {

using PixelFormula = std::function<int(int64_t x, int64_t y)>;

/// An 8-bit grey PNG of size x size, made by an encoder that is not ours.
std::string encode_png(int64_t size, const PixelFormula& pixel);

inline constexpr int64_t kSyntheticSize = 64;

/// Pixel (x, y) of record `index`: a gradient of its own, between 40 and 229.
int synthetic_pixel(std::size_t index, int64_t x, int64_t y);

/// Lungs of every record: the columns 16 … 47.
bool synthetic_mask(int64_t x);

/// Record `index`: id r<index>, labels in turn healthy, bacterial, viral, covid19, two records per
/// group, splits group_split (every fifth group test) and paper_split.
Record synthetic_record(std::size_t index);

nlohmann::json synthetic_description();

/// Writes `count` records to `folder`, about `shard_bytes` each file.
void write_synthetic_dataset(const std::filesystem::path& folder, std::size_t count,
                             std::size_t shard_bytes = 1500);

}  // namespace cxrnet::data
