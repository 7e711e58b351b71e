#include "channel_copy.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace cxrnet::engine {
namespace {

at::Tensor channels_last(const at::Tensor& map) { return map.permute({0, 2, 3, 1}).contiguous(); }

// Channel counts whose bytes have a copy of their own (8, 16, 32 floats) and others.
class ChannelCopies : public testing::TestWithParam<int64_t> {};

TEST_P(ChannelCopies, WriteIntoAWiderPixel) {
  const auto channels = GetParam();
  const auto source = at::rand({2, channels, 5, 3});
  auto target = at::zeros({2, 5, 3, channels + 7});
  const ChannelCopy copy{.pixels = 30,
                         .bytes = static_cast<std::size_t>(channels) * sizeof(float),
                         .source_stride = static_cast<std::size_t>(channels) * sizeof(float),
                         .target_stride = static_cast<std::size_t>(channels + 7) * sizeof(float)};
  copy.run(channels_last(source).data_ptr(), target.data_ptr<float>() + 4);
  EXPECT_TRUE(at::equal(target.narrow(3, 4, channels), channels_last(source)));
  EXPECT_EQ(target.narrow(3, 0, 4).count_nonzero().item<int64_t>(), 0);
  EXPECT_EQ(target.narrow(3, channels + 4, 3).count_nonzero().item<int64_t>(), 0);
}

TEST_P(ChannelCopies, ShuffleAsTorchDoes) {
  const auto channels = GetParam();
  const auto torch_order = at::rand({2, channels * 4, 3, 5});
  const auto block_major =
      torch_order.view({2, channels, 4, 3, 5}).transpose(1, 2).reshape({2, 4 * channels, 3, 5});
  auto target = at::zeros({2, 6, 10, channels});
  const ShuffleCopy copy{.rows = 6,
                         .columns = 5,
                         .bytes = static_cast<std::size_t>(channels) * sizeof(float),
                         .target_stride = static_cast<std::size_t>(channels) * sizeof(float)};
  copy.run(channels_last(block_major).data_ptr(), target.data_ptr());
  EXPECT_TRUE(at::equal(target, channels_last(at::pixel_shuffle(torch_order, 2))));
}

INSTANTIATE_TEST_SUITE_P(Channels, ChannelCopies, testing::Values(1, 3, 8, 16, 32, 40));

}  // namespace
}  // namespace cxrnet::engine
