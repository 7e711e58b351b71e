#include "cxrnet/imaging/encode.h"

#include <gtest/gtest.h>

#include "cxrnet/imaging/decode.h"
#include "error_matchers.h"
#include "test_images.h"

namespace cxrnet::imaging {
namespace {

cv::Mat decoded(const std::string& bytes) {
  return cv::imdecode(std::vector<uchar>(bytes.begin(), bytes.end()), cv::IMREAD_UNCHANGED);
}

TEST(EncodePng, KeepsEveryPixel) {
  const cv::Mat grey = drawn_picture(40, 51);
  EXPECT_TRUE(images_agree(decoded(encode_png(grey)), grey));
  cv::Mat deep;
  grey.convertTo(deep, CV_16U, 250.0);
  EXPECT_TRUE(images_agree(decoded(encode_png(deep)), deep));
  cv::Mat colour;
  cv::merge(std::vector<cv::Mat>{grey, 255 - grey, grey / 2}, colour);
  EXPECT_EQ(cv::norm(decoded(encode_png(colour)), colour), 0.0);
}

// Noise of every size about a word's, whole images and parts of larger ones; OpenCV reads by
// libpng.
TEST(EncodePng, KeepsNoiseOfAnySize) {
  cv::RNG random(7);
  for (const int type : {CV_8UC1, CV_16UC1, CV_8UC3}) {
    for (int side = 1; side <= 20; ++side) {
      SCOPED_TRACE("type " + std::to_string(type) + ", side " + std::to_string(side));
      cv::Mat whole(side + 3, 2 * side + 5, type);
      random.fill(whole, cv::RNG::UNIFORM, 0, 65536, /*saturateRange=*/true);
      const cv::Mat part = whole(cv::Rect(2, 1, 2 * side, side));
      for (const auto& image : {whole, part}) {
        const auto read = decoded(encode_png(image));
        ASSERT_EQ(read.type(), type);
        EXPECT_EQ(cv::norm(read, image, cv::NORM_INF), 0.0);
      }
    }
  }
}

TEST(EncodePng1bit, HasOneBitAndTheMask) {
  cv::Mat mask = cv::Mat::zeros(33, 45, CV_8UC1);  // a width that does not fill its last byte
  mask(cv::Rect(3, 4, 20, 17)) = 255;
  mask.at<uint8_t>(32, 44) = 1;  // anything but 0 is inside
  const std::string png = encode_png_1bit(mask);
  EXPECT_EQ(static_cast<int>(png[24]), 1);  // IHDR: bit depth
  EXPECT_EQ(static_cast<int>(png[25]), 0);  // IHDR: grey
  EXPECT_TRUE(images_agree(decoded(png), mask != 0));
  EXPECT_TRUE(images_agree(decode_image(png).pixels, mask != 0));
}

TEST(EncodeJpeg, StaysCloseAndObeysQuality) {
  const cv::Mat grey = drawn_picture(80, 90);
  const std::string fine = encode_jpeg(grey, 95), coarse = encode_jpeg(grey, 20);
  EXPECT_TRUE(images_agree(decoded(fine), grey, 4));
  EXPECT_LT(coarse.size(), fine.size());
}

TEST(Encode, RefusesWhatTheFormatsDoNotHold) {
  const cv::Mat real = cv::Mat::zeros(40, 40, CV_32FC1);
  const cv::Mat deep = cv::Mat::zeros(40, 40, CV_16UC1);
  EXPECT_EQ(caught([&] { encode_png(real); }).code, ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] { encode_png(cv::Mat()); }).code, ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] { encode_png_1bit(deep); }).code, ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] { encode_jpeg(deep, 90); }).code, ErrorCode::invalid_shape);
  EXPECT_EQ(caught([&] { encode_jpeg(drawn_picture(40, 40), 0); }).code, ErrorCode::invalid_option);
}

}  // namespace
}  // namespace cxrnet::imaging
