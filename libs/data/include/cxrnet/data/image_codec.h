// Decoding the JPEG and PNG bytes of shards with a header-only decoder, so that training needs no
// imaging library.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace cxrnet::data {

/// The longest side that is decoded, in pixels.
inline constexpr int kMaxShardImageSide = 4096;

/// Decodes JPEG or PNG bytes to grey: [H, W] u8. Colour is folded by luma, 16 bits keep the
/// upper 8. Errors: corrupt_shard when the bytes are damaged, of another kind, or larger than
/// kMaxShardImageSide.
at::Tensor decode_grey(std::string_view bytes);

/// Decodes a mask of a shard, a PNG of 1 or 8 bits: [H, W] bool, true where white. Errors: as
/// decode_grey; corrupt_shard for other values than black and white. (Masks of others: mask.h.)
at::Tensor decode_mask(std::string_view bytes);

}  // namespace cxrnet::data
