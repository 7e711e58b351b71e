// The bytes against the format's description (numpy.lib.format, version 1.0), and against NumPy.
#include "cxrnet/imaging/npy.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <opencv2/core.hpp>

#include "cxrnet/core/files.h"
#include "error_matchers.h"
#include "temporary_folder.h"

namespace cxrnet::imaging {
namespace {

cv::Mat counting(int rows, int columns) {
  cv::Mat values(rows, columns, CV_32FC1);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column)
      values.at<float>(row, column) = static_cast<float>(row * columns + column) / 8.0F;
  }
  return values;
}

TEST(EncodeNpy, IsTheFormatByteForByte) {
  const auto bytes = encode_npy(counting(2, 3));
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  // 10 + 118 = 128 bytes before the data: the first multiple of 64 that holds the dictionary.
  EXPECT_EQ(bytes.substr(8, 2), std::string("\x76\x00", 2));
  const std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  EXPECT_EQ(bytes.substr(10, 118), dictionary + std::string(117 - dictionary.size(), ' ') + "\n");
  ASSERT_EQ(bytes.size(), 128U + 6 * 4);
  for (int i = 0; i < 6; ++i) {
    float value = 0.0F;
    std::memcpy(&value, bytes.data() + 128 + 4 * i, 4);
    EXPECT_EQ(value, static_cast<float>(i) / 8.0F);
  }
}

TEST(EncodeNpy, BeginsTheDataAtAMultipleOf64WhateverTheShape) {
  for (const auto& size :
       {cv::Size(1, 1), cv::Size(100, 7), cv::Size(1, 12345), cv::Size(999, 3)}) {
    const auto bytes = encode_npy(cv::Mat::zeros(size, CV_32FC1));
    const auto data = static_cast<std::size_t>(size.area()) * 4;
    EXPECT_EQ((bytes.size() - data) % 64, 0U);
    EXPECT_EQ(bytes[bytes.size() - data - 1], '\n');
  }
}

TEST(EncodeNpy, WritesAPartOfAnImageWithoutWhatLiesBesideIt) {
  const cv::Mat whole = counting(6, 7);
  const cv::Mat part = whole(cv::Rect(2, 1, 3, 4));
  EXPECT_EQ(encode_npy(part), encode_npy(part.clone()));
}

TEST(EncodeNpy, RefusesOtherTypes) {
  EXPECT_EQ(caught([] { encode_npy(cv::Mat()); }).code, ErrorCode::invalid_shape);
  EXPECT_EQ(caught([] { encode_npy(cv::Mat::zeros(2, 2, CV_8UC1)); }).code,
            ErrorCode::invalid_shape);
}

TEST(EncodeNpy, IsReadByNumPy) {
  if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3-numpy is not installed";
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "values.npy", encode_npy(counting(5, 3)));
  const std::string check =
      "/usr/bin/python3 -c \"import numpy; a = numpy.load('" +
      (folder.path() / "values.npy").string() +
      "'); assert a.dtype == numpy.float32 and (a == numpy.arange(15).reshape(5, 3) / 8).all()\"";
  EXPECT_EQ(std::system(check.c_str()), 0);
}

}  // namespace
}  // namespace cxrnet::imaging
