// Engines that several threads compile at once.
#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <atomic>
#include <oneapi/dnnl/dnnl.hpp>
#include <thread>

#include "cxrnet/engine/engine.h"
#include "cxrnet/engine/processor.h"
#include "cxrnet/nn/unet.h"
#include "small_networks.h"

namespace cxrnet::engine {
namespace {

constexpr int kRuns = 400;  // without the lock of KernelCreation 1 or 2 in 100 went wrong

// oneDNN makes each kernel anew.
class WithoutKernelCache {
 public:
  WithoutKernelCache() { dnnl::set_primitive_cache_capacity(0); }
  ~WithoutKernelCache() { dnnl::set_primitive_cache_capacity(capacity_before_); }
  WithoutKernelCache(const WithoutKernelCache&) = delete;
  WithoutKernelCache& operator=(const WithoutKernelCache&) = delete;

 private:
  int capacity_before_ = dnnl::get_primitive_cache_capacity();
};

nn::UNet small_segmenter() {
  nn::UNet network(nn::UNetOptions{.base_width = 16, .levels = 2});
  network->eval();
  return network;
}

TEST(Concurrency, ANetworkAnswersAsItDoesWhenAnotherPrecisionIsNotCompiledMeanwhile) {
  if (!supports(Precision::bf16)) GTEST_SKIP() << "this processor has no bf16 kernels";
  const WithoutKernelCache made_anew;
  const auto network = small_segmenter();
  const auto image = at::rand({1, 1, 32, 32});
  const auto answer = [&] {
    return SegmenterEngine(network, {.precision = Precision::bf16}).probability(image);
  };
  const auto expected = answer();
  std::atomic<bool> done = false;
  std::thread meanwhile([&done, other = small_segmenter()] {
    while (!done) SegmenterEngine(other, {}).engine().prepare({32, 32}, 1);
  });
  int different = 0;
  for (int i = 0; i < kRuns; ++i)
    different += test::largest_difference(answer(), expected) > 1e-6 ? 1 : 0;
  done = true;
  meanwhile.join();
  EXPECT_EQ(different, 0) << "of " << kRuns;
}

}  // namespace
}  // namespace cxrnet::engine
