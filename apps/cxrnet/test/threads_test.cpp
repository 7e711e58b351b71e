#include "framework/threads.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace cxrnet::app {
namespace {

struct Row {
  const char* name;
  RequestedWorkers requested;
  std::size_t images;
  Workers expected;
};

class ChooseWorkersTest : public testing::TestWithParam<Row> {};

TEST_P(ChooseWorkersTest, FourThreads) {
  const int before = at::get_num_threads();
  at::set_num_threads(4);
  const auto chosen = choose_workers(GetParam().requested, GetParam().images);
  at::set_num_threads(before);
  EXPECT_EQ(chosen.count, GetParam().expected.count);
  EXPECT_EQ(chosen.threads_each, GetParam().expected.threads_each);
  EXPECT_EQ(chosen.batch, GetParam().expected.batch);
}

INSTANTIATE_TEST_SUITE_P(
    All, ChooseWorkersTest,
    testing::Values(Row{"OneImage", {}, 1, {1, 4, 1}}, Row{"FewImages", {}, 15, {1, 4, 1}},
                    Row{"OneForEachThread", {}, 16, {4, 1, 1}},
                    Row{"ManyImages", {}, 1000, {4, 1, 1}},
                    Row{"TwoOfTwoThreads", {.count = 2}, 32, {2, 2, 4}},
                    Row{"TooFewForBatches", {.count = 2}, 31, {2, 2, 1}},
                    Row{"BatchAskedFor", {.batch = 8}, 1000, {4, 1, 8}},
                    Row{"MoreWorkersThanThreads", {.count = 9}, 1000, {9, 1, 1}}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace cxrnet::app
