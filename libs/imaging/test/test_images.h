// Test pictures: committed ones, drawn ones, and comparisons that say where two differ.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cxrnet/core/files.h"

namespace cxrnet::imaging {

inline std::string test_file(const std::string& name) {
  return read_file(std::filesystem::path(CXRNET_TEST_DATA) / name);
}

/// A binary PGM: CV_8UC1, or CV_16UC1 (stored big endian) when its maximum is above 255.
inline cv::Mat read_pgm(const std::string& name) {
  std::istringstream stream(test_file(name));
  std::string magic;
  int columns = 0, rows = 0, maximum = 0;
  stream >> magic >> columns >> rows >> maximum;
  stream.get();
  cv::Mat image(rows, columns, maximum > 255 ? CV_16UC1 : CV_8UC1);
  for (int i = 0; i < rows * columns; ++i) {
    int value = stream.get();
    if (maximum > 255) value = value << 8 | stream.get();
    if (maximum > 255) {
      image.at<uint16_t>(i / columns, i % columns) = static_cast<uint16_t>(value);
    } else {
      image.at<uint8_t>(i / columns, i % columns) = static_cast<uint8_t>(value);
    }
  }
  EXPECT_TRUE(stream.good()) << name;
  return image;
}

inline int value_at(const cv::Mat& image, int row, int column) {
  return image.depth() == CV_8U ? image.at<uint8_t>(row, column) : image.at<uint16_t>(row, column);
}

/// Passes when size and depth agree and no pixel differs by more than `tolerance`.
inline testing::AssertionResult images_agree(const cv::Mat& actual, const cv::Mat& expected,
                                             int tolerance = 0) {
  if (actual.size() != expected.size() || actual.type() != expected.type()) {
    return testing::AssertionFailure()
           << "sizes or types differ: " << actual.size() << " type " << actual.type()
           << ", expected " << expected.size() << " type " << expected.type();
  }
  for (int row = 0; row < actual.rows; ++row) {
    for (int column = 0; column < actual.cols; ++column) {
      const int got = value_at(actual, row, column), wanted = value_at(expected, row, column);
      if (std::abs(got - wanted) > tolerance) {
        return testing::AssertionFailure()
               << "row " << row << ", column " << column << ": " << got << ", expected " << wanted;
      }
    }
  }
  return testing::AssertionSuccess();
}

/// A picture without symmetry: every row and column tells where it is. CV_8UC1.
inline cv::Mat drawn_picture(int rows, int columns) {
  cv::Mat image(rows, columns, CV_8UC1);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      image.at<uint8_t>(row, column) =
          static_cast<uint8_t>(20 + 100 * row / rows + 120 * column / columns);
    }
  }
  return image;
}

inline std::string encoded(const char* extension, const cv::Mat& image,
                           const std::vector<int>& parameters = {}) {
  std::vector<uchar> bytes;
  cv::imencode(extension, image, bytes, parameters);
  return {bytes.begin(), bytes.end()};
}

}  // namespace cxrnet::imaging
