#include "cxrnet/pipeline/annotated_mask.h"

#include <gtest/gtest.h>

#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "cxrnet/core/files.h"
#include "error_matchers.h"
#include "temporary_folder.h"

namespace cxrnet::pipeline {
namespace {

const cv::Size kPicture(90, 60);

// Two lungs as rectangles, at a size; sides are multiples of what the tests scale by.
cv::Mat lungs_at(cv::Size size, int value) {
  cv::Mat mask(size, CV_8UC1, cv::Scalar(0));
  const auto part = [&](double x, double y, double width, double height) {
    return cv::Rect(cvRound(x * size.width), cvRound(y * size.height), cvRound(width * size.width),
                    cvRound(height * size.height));
  };
  mask(part(0.1, 0.2, 0.3, 0.6)).setTo(value);
  mask(part(0.6, 0.2, 0.3, 0.6)).setTo(value);
  return mask;
}

class AnnotatedMask : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const cv::Mat& image) const {
    const auto path = folder_.path() / name;
    EXPECT_TRUE(cv::imwrite(path.string(), image));
    return path;
  }
  std::filesystem::path write_bytes(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << bytes;
    return folder_.path() / name;
  }

 private:
  TemporaryFolder folder_;
};

void expect_lungs(const std::filesystem::path& path) {
  const auto mask = read_mask(path, data::MaskOf::lungs, kPicture);
  ASSERT_EQ(mask.type(), CV_8UC1);
  ASSERT_EQ(mask.size(), kPicture);
  EXPECT_EQ(cv::countNonZero(mask != lungs_at(kPicture, 255)), 0);
}

TEST_F(AnnotatedMask, IsReadFromEveryFormat) {
  const auto mask = lungs_at(kPicture, 1);
  cv::Mat colour;
  cv::cvtColor(lungs_at(kPicture, 255), colour, cv::COLOR_GRAY2BGR);
  for (const auto& path :
       {write("a.png", mask), write("a.tif", mask), write("a.bmp", mask), write("b.tif", colour),
        write("b.bmp", colour), write("b.jpg", lungs_at(kPicture, 255))}) {
    SCOPED_TRACE(path.filename());
    expect_lungs(path);
  }
}

TEST_F(AnnotatedMask, IsScaledToAPictureOfItsShape) {
  expect_lungs(write("half.png", lungs_at({30, 20}, 255)));
  expect_lungs(write("double.png", lungs_at({180, 120}, 255)));
  for (const cv::Size other : {cv::Size(60, 90), cv::Size(90, 90), cv::Size(64, 64)}) {
    const auto error = caught([&] {
      read_mask(write("other.png", lungs_at(other, 255)), data::MaskOf::lungs, kPicture);
    });
    EXPECT_EQ(error.code, ErrorCode::invalid_shape);
    EXPECT_NE(error.message.find("lung mask: expected the image's size, 90 x 60, or its shape"),
              std::string::npos);
  }
}

// A width in the header, and hardly a pixel behind it.
TEST_F(AnnotatedMask, IsBoundedByItsHeader) {
  auto bmp = read_file(write("a.bmp", lungs_at(kPicture, 1)));
  bmp[21] = '\x10';  // the highest byte of the width
  auto tiff = read_file(write("a.tif", lungs_at(kPicture, 1)));
  for (const char tag : {'\0', '\1'}) {  // width and height: number, 16 bits, one value
    const std::string entry{tag, '\1', '\3', '\0', '\1', '\0', '\0', '\0'};
    const auto found = tiff.find(entry);
    ASSERT_NE(found, tiff.npos);
    tiff.replace(found + entry.size(), 2, "\xFF\xFF");
  }
  for (const auto& path : {write_bytes("large.bmp", bmp), write_bytes("large.tif", tiff)}) {
    SCOPED_TRACE(path.filename());
    EXPECT_EQ(caught([&] { read_mask(path, data::MaskOf::lungs, kPicture); }).code,
              ErrorCode::image_too_large);
  }
}

TEST_F(AnnotatedMask, IsRefusedWhenItIsNone) {
  const auto code_of = [&](const std::filesystem::path& path) {
    return caught([&] { read_mask(path, data::MaskOf::lungs, kPicture); }).code;
  };
  EXPECT_EQ(code_of(write("blank.tif", lungs_at(kPicture, 0))), ErrorCode::corrupt_image);
  EXPECT_EQ(code_of(write_bytes("text.png", "no mask")), ErrorCode::unsupported_format);
  EXPECT_EQ(code_of(write_bytes("cut.bmp", "BM")), ErrorCode::corrupt_image);
  EXPECT_EQ(code_of(write_bytes("empty.png", "")), ErrorCode::unsupported_format);
  cv::Mat floating;
  lungs_at(kPicture, 1).convertTo(floating, CV_32F);
  EXPECT_EQ(code_of(write("floating.tif", floating)), ErrorCode::unsupported_format);
  EXPECT_EQ(code_of("none.png"), ErrorCode::not_found);
}

}  // namespace
}  // namespace cxrnet::pipeline
