#include "cxrnet/nn/labels.h"

#include <gtest/gtest.h>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/preprocessing.h"

namespace cxrnet::nn {
namespace {

TEST(Labels, OrderIsFrozen) {
  EXPECT_EQ(label_index("healthy"), 0);
  EXPECT_EQ(label_index("bacterial"), 1);
  EXPECT_EQ(label_index("viral"), 2);
  EXPECT_EQ(label_index("covid19"), 3);
}

TEST(Labels, UnknownLabelListsTheValidOnes) {
  try {
    label_index("Covid19");
    FAIL() << "accepted an unknown label";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_option);
    EXPECT_NE(std::string(error.what()).find("healthy, bacterial, viral, covid19"),
              std::string::npos);
  }
}

TEST(Preprocessing, SurvivesJson) {
  Preprocessing changed{.size = 320,
                        .aspect = Aspect::keep,
                        .arm = Arm::original,
                        .clahe = false,
                        .mask_dilation = 5};
  Preprocessing again;
  options_from_json(options_to_json(changed), again);
  EXPECT_EQ(options_to_json(again), options_to_json(changed));
  EXPECT_EQ(again.aspect, Aspect::keep);
  EXPECT_EQ(again.mask_dilation, 5);
}

}  // namespace
}  // namespace cxrnet::nn
