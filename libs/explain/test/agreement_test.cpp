// Against scikit-image and SciPy: tools/golden/agreement.py made data/agreement.json.
#include "cxrnet/explain/agreement.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cxrnet/core/files.h"
#include "error_matchers.h"

namespace cxrnet::explain {
namespace {

at::Tensor map_of(const nlohmann::json& row, const char* key) {
  const auto values = row[key].get<std::vector<float>>();
  return at::tensor(values).view({1, 1, row["shape"][0].get<int64_t>(), -1});
}

TEST(Agreement, AgreesWithScikitImageAndSciPy) {
  const auto golden = nlohmann::json::parse(read_file(CXRNET_TEST_DATA "/agreement.json"));
  ASSERT_EQ(golden.size(), 4U);
  for (const auto& row : golden) {
    const auto a = map_of(row, "a");
    const auto b = map_of(row, "b");
    EXPECT_NEAR(structural_similarity(a, b)[0].value.value(), row["ssim"].get<double>(), 1e-9)
        << row["name"];
    EXPECT_NEAR(rank_correlation(a, b)[0].value.value(), row["rank_correlation"].get<double>(),
                1e-12)
        << row["name"];
    EXPECT_NEAR(mean_ranks(a.flatten(1)).square().sum().item<double>(),
                row["rank_sum_of_squares"].get<double>(), 1e-6)
        << row["name"];
  }
}

TEST(Agreement, EqualValuesShareTheirMeanRank) {
  const auto ranks = mean_ranks(at::tensor({3.0, 1.0, 3.0, 2.0, 3.0, 1.0}).unsqueeze(0));
  EXPECT_TRUE(at::equal(ranks[0], at::tensor({5.0, 1.5, 5.0, 3.0, 5.0, 1.5}, at::kDouble)));
}

TEST(Agreement, IsExactlyOneForEqualMapsAndBlindToMonotoneChanges) {
  at::manual_seed(1);
  const auto map = at::rand({2, 1, 31, 24});
  for (const auto& figure : structural_similarity(map, map)) EXPECT_EQ(figure.value, 1.0);
  for (const auto& figure : rank_correlation(map, map)) EXPECT_EQ(figure.value, 1.0);
  for (const auto& figure : rank_correlation(map, map.pow(5) * 0.1)) EXPECT_EQ(figure.value, 1.0);
  for (const auto& figure : rank_correlation(map, 1 - map)) {
    EXPECT_NEAR(figure.value.value(), -1.0, 1e-9);
  }
}

TEST(Agreement, AConstantMapRanksNothing) {
  at::manual_seed(1);
  const auto figures = rank_correlation(at::rand({1, 1, 16, 16}), at::full({1, 1, 16, 16}, 0.1F));
  EXPECT_NE(figures[0].undefined.find("constant"), std::string::npos);
}

// Two constant maps: structure term 1, luminance term (2ab + C1) / (a² + b² + C1).
TEST(Agreement, OfConstantMapsTheLuminanceIsLeft) {
  const auto a = at::full({1, 1, 12, 12}, 0.5F);
  const auto b = at::full({1, 1, 12, 12}, 0.25F);
  EXPECT_NEAR(structural_similarity(a, b)[0].value.value(), (0.25 + 1e-4) / (0.3125 + 1e-4), 1e-9);
}

TEST(Agreement, RefusesWhatDoesNotFit) {
  const auto map = at::rand({1, 1, 16, 16});
  EXPECT_EQ(caught([&] {
              structural_similarity(map, at::rand({1, 1, 16, 17}));
            }).code,
            ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] {
              rank_correlation(map, at::rand({2, 1, 16, 16}));
            }).code,
            ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] { structural_similarity(map + 1, map); }).code, ErrorCode::invalid_option);
  const auto small = at::rand({1, 1, 10, 16});
  EXPECT_EQ(caught([&] { structural_similarity(small, small); }).code, ErrorCode::invalid_shape);
}

}  // namespace
}  // namespace cxrnet::explain
