#include "cxrnet/report/roofline.h"

#include <gtest/gtest.h>

namespace cxrnet::report {
namespace {

TEST(Roofline, DrawsEveryLayer) {
  const auto svg = roofline_svg({{"a", 10.0, 2e11}, {"b", 0.5, 1e9}}, {"f32", 2.4e11, 2e10});
  EXPECT_NE(svg.find("<svg"), std::string::npos);
  EXPECT_NE(svg.find("roof: direct convolution f32"), std::string::npos);
}

}  // namespace
}  // namespace cxrnet::report
