// Runs also with CXRNET_MAX_CPU_ISA set: see cxrnet_add_older_processor_tests in CMake.
#include "cxrnet/core/instruction_set.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "cxrnet/core/vectorise.h"

namespace cxrnet {
namespace {

// What the system says of this processor.
bool processor_has(const std::string& flag) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("flags", 0) == 0) return (line + " ").find(" " + flag + " ") != line.npos;
  }
  return false;
}

std::string limit() {
  const char* name = std::getenv("CXRNET_MAX_CPU_ISA");
  return name == nullptr ? "" : name;
}

bool allowed(InstructionSet set) {
  return limit().empty() || set <= parse_enum<InstructionSet>(limit(), "limit");
}

TEST(InstructionSetTest, LoopsUseTheBestThatIsAllowedAndThere) {
  auto expected = InstructionSet::sse41;
  if (allowed(InstructionSet::avx2) && processor_has("avx2")) expected = InstructionSet::avx2;
  if (allowed(InstructionSet::avx512_core) && processor_has("avx512bw"))
    expected = InstructionSet::avx512_core;
  EXPECT_EQ(to_string(loop_instruction_set()), to_string(expected));
}

TEST(InstructionSetTest, TheLimitIsHandedOnToLibraries) {
  if (limit().empty()) GTEST_SKIP() << "no limit is set; runs with one in entries of its own";
  EXPECT_EQ(to_string(allowed_instruction_set()), limit());
  EXPECT_STREQ(std::getenv("DNNL_MAX_CPU_ISA"), limit().c_str());
  EXPECT_STREQ(std::getenv("ONEDNN_MAX_CPU_ISA"), limit().c_str());
  const auto loops = loop_instruction_set();
  EXPECT_STREQ(std::getenv("ATEN_CPU_CAPABILITY"), loops == InstructionSet::sse41  ? "default"
                                                   : loops == InstructionSet::avx2 ? "avx2"
                                                                                   : "avx512");
}

CXRNET_INLINE void add(const float* left, const float* right, std::size_t size, float* sum) {
  for (std::size_t i = 0; i < size; ++i) sum[i] = left[i] + right[i];
}

TEST(InstructionSetTest, ALoopGivesTheSameWhateverItUses) {
  std::vector<float> left(1003);
  std::iota(left.begin(), left.end(), 0.25F);
  const std::vector<float> right(left.rbegin(), left.rend());
  std::vector<float> sum(left.size());
  vectorised<add>(left.data(), right.data(), sum.size(), sum.data());
  EXPECT_EQ(sum, std::vector<float>(left.size(), 1002.5F));
}

}  // namespace
}  // namespace cxrnet
