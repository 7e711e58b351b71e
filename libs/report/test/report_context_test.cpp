#include "cxrnet/report/report_context.h"

#include <gtest/gtest.h>

#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/model_file.h"

namespace cxrnet::report {
namespace {

TEST(DescribeRun, TakesTheFactsFromTheModel) {
  nn::ModelFile model;
  model.name = "tiny";
  model.preprocessing.arm = nn::Arm::original;
  model.classifier = nn::CxrNet(
      nn::CxrNetOptions{.encoder = {.architecture = nn::Architecture::alexnet, .width = 0.125},
                        .decoder = {.widths = {8, 8, 8, 8, 8}}});
  model.ood.fitted = true;
  model.ood.lung_fraction_low = 0.17;
  model.ood.lung_fraction_high = 0.41;
  const auto context = describe_run(model, "abc", "0.1.0");
  EXPECT_EQ(context.model_name, "tiny");
  EXPECT_EQ(context.model_sha256, "abc");
  EXPECT_EQ(context.version, "0.1.0");
  EXPECT_EQ(context.architecture, "alexnet");
  EXPECT_EQ(context.arm, nn::Arm::original);
  ASSERT_TRUE(context.usual_lung_fraction.has_value());
  EXPECT_EQ(context.usual_lung_fraction->low, 0.17);
  EXPECT_EQ(context.usual_lung_fraction->high, 0.41);
}

TEST(DescribeRun, ReadsLimitsAsTextOrAsAList) {
  struct Row {
    const char* name;
    nlohmann::json card;
    const char* expected;
  };
  const Row rows[] = {
      {"none", nlohmann::json::object(), ""},
      {"text", {{"limits", "Adults alone."}}, "Adults alone."},
      {"list", {{"limits", {"Adults alone.", "One hospital."}}}, "Adults alone. One hospital."},
      {"something else", {{"limits", 3}}, ""}};
  for (const auto& row : rows) {
    nn::ModelFile model;
    model.card = row.card;
    EXPECT_EQ(describe_run(model, "", "").limits, row.expected) << row.name;
  }
}

TEST(DescribeRun, LeavesUnknownFactsEmpty) {
  const auto context = describe_run(nn::ModelFile{}, "", "");
  EXPECT_EQ(context.architecture, "");
  EXPECT_FALSE(context.usual_lung_fraction.has_value());
}

}  // namespace
}  // namespace cxrnet::report
