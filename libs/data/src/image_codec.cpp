#include "cxrnet/data/image_codec.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "cxrnet/core/error.h"
#include "stored_raster.h"

namespace cxrnet::data {
namespace {

[[noreturn]] void throw_corrupt(const std::string& expected, const std::string& got) {
  throw Error(ErrorCode::corrupt_shard, "image: expected " + expected + ", got " + got +
                                            "; run prepare again to remake the shards");
}

}  // namespace

at::Tensor decode_grey(std::string_view bytes) {
  try {
    const auto raster = decode_stored_8bit(bytes, kMaxShardImageSide, /*fold_to_grey=*/true);
    auto image = at::empty({raster.height, raster.width}, at::TensorOptions().dtype(at::kByte));
    std::memcpy(image.data_ptr<uint8_t>(), raster.pixels.get(),
                static_cast<std::size_t>(raster.height) * static_cast<std::size_t>(raster.width));
    return image;
  } catch (const Undecodable& problem) {
    throw_corrupt(problem.expected, problem.got);
  }
}

at::Tensor decode_mask(std::string_view bytes) {
  const auto image = decode_grey(bytes);
  const auto* values = image.data_ptr<uint8_t>();
  if (std::all_of(values, values + image.numel(), [](uint8_t value) { return value % 255 == 0; }))
    return image.ge(128);
  throw_corrupt("a mask of black and white", "other values");
}

}  // namespace cxrnet::data
