#include "cxrnet/core/shape.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "error_matchers.h"

namespace cxrnet {
namespace {

TEST(RequireShape, TakesEqualSizesAndAnyForMinusOne) {
  const auto image = at::zeros({2, 1, 5, 7});
  EXPECT_FALSE(caught([&] { require_shape(image, {2, 1, 5, 7}, "image"); }).code);
  EXPECT_FALSE(caught([&] { require_shape(image, {-1, 1, -1, -1}, "image"); }).code);
  EXPECT_FALSE(caught([&] { require_shape(at::zeros({}), {}, "loss"); }).code);
}

TEST(RequireShape, RefusesAndSaysWhatItGot) {
  struct Row {
    at::Tensor tensor;
    const char* message_part;
  };
  const Row rows[] = {
      {at::zeros({2, 3, 5, 7}), "image: expected shape [any, 1, any, any], got [2, 3, 5, 7]"},
      {at::zeros({2, 1, 5}), "got [2, 1, 5]"},
      {at::zeros({2, 1, 5, 7, 1}), "got [2, 1, 5, 7, 1]"},
      {at::Tensor(), "got an undefined tensor"},
  };
  for (const auto& row : rows) {
    const auto refused = caught([&] { require_shape(row.tensor, {-1, 1, -1, -1}, "image"); });
    EXPECT_EQ(refused.code, ErrorCode::invalid_shape);
    EXPECT_NE(refused.message.find(row.message_part), std::string::npos) << refused.message;
  }
}

TEST(RequireDtype, ComparesTheElementType) {
  const auto mask = at::zeros({2}, at::kByte);
  EXPECT_FALSE(caught([&] { require_dtype(mask, at::kByte, "mask"); }).code);
  const auto refused = caught([&] { require_dtype(mask, at::kFloat, "mask"); });
  EXPECT_EQ(refused.code, ErrorCode::invalid_shape);
  EXPECT_EQ(refused.message,
            "mask: expected element type Float, got Byte; convert the tensor first");
  EXPECT_EQ(caught([] { require_dtype({}, at::kFloat, "mask"); }).code, ErrorCode::invalid_shape);
}

}  // namespace
}  // namespace cxrnet
