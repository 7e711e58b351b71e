#include "cxrnet/train/memory_pool.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace cxrnet::train {
namespace {

constexpr int64_t kLarge = 1 << 20;  // floats: two huge pages

class MemoryPoolTest : public testing::Test {
 protected:
  MemoryPoolTest() { use_memory_pool(); }
};

TEST_F(MemoryPoolTest, FreedMemoryIsReusedForTheSameSize) {
  const void* first = at::empty({kLarge}, at::kFloat).data_ptr();
  EXPECT_EQ(at::empty({kLarge}, at::kFloat).data_ptr(), first);
}

TEST_F(MemoryPoolTest, TensorsInUseDoNotShareMemory) {
  std::vector<at::Tensor> tensors;
  for (int i = 0; i < 5; ++i) tensors.push_back(at::full({kLarge + i}, i, at::kFloat));
  tensors.erase(tensors.begin() + 1);
  tensors.push_back(at::full({kLarge + 1}, 7.0, at::kFloat));
  const std::vector<float> expected{0, 2, 3, 4, 7};
  for (std::size_t i = 0; i < tensors.size(); ++i)
    EXPECT_TRUE((tensors[i] == expected[i]).all().item<bool>()) << i;
}

TEST_F(MemoryPoolTest, SmallAndEmptyTensorsWork) {
  EXPECT_EQ(at::empty({0}, at::kFloat).numel(), 0);
  EXPECT_EQ(at::ones({3}, at::kFloat).sum().item<float>(), 3.0F);
  auto grown = at::ones({2}, at::kFloat);
  grown.resize_({kLarge});
  EXPECT_EQ(grown[1].item<float>(), 1.0F);
}

// Data is made in one thread and freed in another.
TEST_F(MemoryPoolTest, ThreadsMayFreeWhatOthersTook) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      for (int round = 0; round < 20; ++round) {
        auto tensor = at::full({kLarge}, i, at::kFloat);
        std::thread([owned = std::move(tensor), i] {
          EXPECT_EQ(owned[kLarge - 1].item<float>(), static_cast<float>(i));
        }).join();
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace cxrnet::train
