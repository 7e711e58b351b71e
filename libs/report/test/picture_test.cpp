#include "page/picture.h"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>

namespace cxrnet::report {
namespace {

TEST(Base64, AgreesWithTheTestVectorsOfRfc4648) {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"},
                                                      {"\xFB\xFF\xFE", "+//+"}};
  for (const auto& [bytes, text] : rows) EXPECT_EQ(base64(bytes), text) << bytes;
}

TEST(ScaledTo, SetsTheLongerSideAndKeepsTheAspect) {
  EXPECT_EQ(scaled_to(cv::Mat(1500, 1000, CV_8UC1, 7), 640).size(), cv::Size(427, 640));
  EXPECT_EQ(scaled_to(cv::Mat(100, 224, CV_8UC1, 7), 448).size(), cv::Size(448, 200));
  EXPECT_EQ(scaled_to(cv::Mat(40000, 32, CV_8UC1, 7), 640).size(), cv::Size(1, 640));
  const cv::Mat same(640, 10, CV_8UC1, 7);
  EXPECT_EQ(scaled_to(same, 640).data, same.data);
}

TEST(ShownSide, LiesBetweenItsBounds) {
  EXPECT_EQ(shown_side({224, 200}), kShortestLong);
  EXPECT_EQ(shown_side({500, 480}), 500);
  EXPECT_EQ(shown_side({3000, 2000}), kLongestSide);
}

TEST(InlineImage, HoldsAJpegWithItsSizeAndText) {
  const auto code = inline_image(cv::Mat(20, 30, CV_8UC3, cv::Scalar::all(90)), "a \"b\"").code();
  EXPECT_EQ(code.find("<img src=\"data:image/jpeg;base64,/9j/"), 0U) << code.substr(0, 60);
  EXPECT_NE(code.find("alt=\"a &quot;b&quot;\" width=\"30\" height=\"20\">"), std::string::npos);
}

}  // namespace
}  // namespace cxrnet::report
