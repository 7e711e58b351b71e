#include "cxrnet/nn/layer_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace cxrnet::nn {
namespace {

struct Case {
  const char* name;
  Architecture architecture;
  int64_t parameters;  // torchvision's table of weights, less the 1000-class fc
  double giga_macs;    // torchvision's GFLOPS, which counts multiply-accumulates
};
class TorchvisionFigures : public testing::TestWithParam<Case> {};

TEST_P(TorchvisionFigures, ParametersAndMacsEqualThePublishedOnes) {
  const auto& expected = GetParam();
  const auto encoder = make_encoder({.architecture = expected.architecture, .input_channels = 3});
  encoder->eval();
  const at::NoGradGuard no_grad;
  const auto table = describe_layers(*encoder, [&] {
    encoder->features(at::zeros({1, 3, 224, 224}));
  });
  EXPECT_EQ(table.parameters, expected.parameters);
  EXPECT_NEAR(static_cast<double>(table.macs) / 1e9, expected.giga_macs, 0.01);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TorchvisionFigures,
    testing::Values(Case{"resnet34", Architecture::resnet34, 21'797'672 - 513 * 1000, 3.66},
                    Case{"resnet50", Architecture::resnet50, 25'557'032 - 2049 * 1000, 4.09}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(LayerTable, RowsTellNameTypeShapeParametersAndMacs) {
  CxrNet network(CxrNetOptions{.encoder = {.architecture = Architecture::resnet34, .width = 0.125},
                               .decoder = {.widths = {8, 8, 8, 8, 8}}});
  network->train();
  const auto table = describe_layers(network, 64);
  EXPECT_TRUE(network->is_training());
  const auto row = [&table](const std::string& name) {
    const auto found = std::find_if(table.rows.begin(), table.rows.end(),
                                    [&](const auto& each) { return each.name == name; });
    if (found == table.rows.end()) throw std::runtime_error("no row " + name);
    return *found;
  };
  ASSERT_EQ(table.rows.front().name, "encoder.conv1");
  EXPECT_EQ(row("encoder.conv1").type, "conv 7x7 /2");
  EXPECT_EQ(row("encoder.conv1").output_shape, (std::vector<int64_t>{1, 8, 32, 32}));
  EXPECT_EQ(row("encoder.conv1").parameters, 8 * 49);
  EXPECT_EQ(row("encoder.conv1").macs, 8 * 49 * 32 * 32);
  EXPECT_EQ(row("encoder.bn1").type, "batch norm");
  EXPECT_EQ(row("encoder.bn1").parameters, 16);
  EXPECT_EQ(row("encoder.bn1").macs, 0);
  EXPECT_EQ(row("head.fc").type, "linear");
  EXPECT_EQ(row("head.fc").macs, 64 * 4);
  EXPECT_EQ(row("head.fc").parameters, 65 * 4);
  EXPECT_EQ(row("decoder.output").output_shape, (std::vector<int64_t>{1, 1, 64, 64}));
}

// Every layer with parameters ran once in this pass, so that rows and totals agree.
TEST(LayerTable, TotalsAreTheSumsOfTheRows) {
  UNet network(UNetOptions{.base_width = 4, .levels = 3});
  const auto table = describe_layers(network, 32);
  int64_t parameters = 0;
  int64_t macs = 0;
  for (const auto& row : table.rows) {
    parameters += row.parameters;
    macs += row.macs;
  }
  EXPECT_EQ(table.parameters, parameters);
  EXPECT_EQ(table.macs, macs);
  EXPECT_GT(macs, 0);
}

}  // namespace
}  // namespace cxrnet::nn
