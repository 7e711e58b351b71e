#include "synthetic_dataset.h"

#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/nn/labels.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb_image_write.h>
#pragma GCC diagnostic pop

namespace cxrnet::data {

std::string encode_png(int64_t size, const PixelFormula& pixel) {
  std::vector<unsigned char> pixels;
  for (int64_t y = 0; y < size; ++y) {
    for (int64_t x = 0; x < size; ++x) pixels.push_back(static_cast<unsigned char>(pixel(x, y)));
  }
  std::string bytes;
  const auto append = [](void* out, void* data, int length) {
    static_cast<std::string*>(out)->append(static_cast<const char*>(data),
                                           static_cast<std::size_t>(length));
  };
  const auto side = static_cast<int>(size);
  stbi_write_png_to_func(append, &bytes, side, side, 1, pixels.data(), side);
  return bytes;
}

int synthetic_pixel(std::size_t index, int64_t x, int64_t y) {
  return 40 + static_cast<int>(index * 7 % 64 + static_cast<std::size_t>(x + y));
}

bool synthetic_mask(int64_t x) { return x >= 16 && x < 48; }

Record synthetic_record(std::size_t index) {
  const std::size_t group = index / 2;
  return {
      "r" + std::to_string(index),
      std::string(nn::kLabels[index % nn::kLabels.size()]),
      "g" + std::to_string(group),
      index % 3 == 0 ? "east" : "west",
      {{"group_split", group % 5 == 0 ? "test" : "train"},
       {"paper_split", index % 5 == 0 ? "test" : "train"}},
      encode_png(kSyntheticSize,
                 [index](int64_t x, int64_t y) { return synthetic_pixel(index, x, y); }),
      encode_png(kSyntheticSize, [](int64_t x, int64_t) { return synthetic_mask(x) ? 255 : 0; })};
}

nlohmann::json synthetic_description() {
  nn::Preprocessing preprocessing;
  preprocessing.size = kSyntheticSize;
  preprocessing.clahe = false;
  return {{"preprocessing", options_to_json(preprocessing)},
          {"provenance", {{"made_by", "a test"}}}};
}

void write_synthetic_dataset(const std::filesystem::path& folder, std::size_t count,
                             std::size_t shard_bytes) {
  ShardWriter writer(folder, synthetic_description(), shard_bytes);
  for (std::size_t i = 0; i < count; ++i) writer.add(synthetic_record(i));
  writer.finish();
}

}  // namespace cxrnet::data
