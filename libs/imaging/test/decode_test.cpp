// Raster files: what is decoded, against Pillow's values; and what is refused.
#include "cxrnet/imaging/decode.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "cxrnet/core/random.h"
#include "error_matchers.h"
#include "test_images.h"

namespace cxrnet::imaging {
namespace {

struct Golden {
  const char* file;
  const char* expected;
  const char* format;
  int stored_bits;
  bool was_colour = false, inverted = false, range_measured = false;
};

const Golden kGoldens[] = {
    {"lzw.tif", "lzw.pgm", "tiff", 8},
    {"deep_deflate.tif", "deep_deflate.pgm", "tiff", 16},
    {"deep_big_endian.tif", "deep_big_endian.pgm", "tiff", 16},
    {"min_is_white.tif", "min_is_white.pgm", "tiff", 8, false, true},
    {"deep_min_is_white.tif", "deep_min_is_white.pgm", "tiff", 16, false, true},
    {"turned.tif", "turned.pgm", "tiff", 8},
    {"big.tif", "lzw.pgm", "tiff", 8},
    {"big_big_endian.tif", "lzw.pgm", "tiff", 8},
    {"deep_big.tif", "deep.pgm", "tiff", 16},
    {"deep_big_big_endian.tif", "deep.pgm", "tiff", 16},
    {"tiled.tif", "lzw.pgm", "tiff", 8},
    {"jpeg_inside.tif", "jpeg_inside_tif.pgm", "tiff", 8},
    {"deep_tiled.tif", "deep.pgm", "tiff", 16},
    {"deep_tiled_big_endian_deflate.tif", "deep.pgm", "tiff", 16},
    {"deep_colour.tif", "deep_colour_tif.pgm", "tiff", 16, true},
    {"deep_colour_planes.tif", "deep_colour_planes_tif.pgm", "tiff", 16, true},
    {"deep_colour_plane_tiles.tif", "deep_colour_plane_tiles_tif.pgm", "tiff", 16, true},
    {"twelve_bit.tif", "twelve_bit_tif.pgm", "tiff", 12},
    {"counts.tif", "counts_tif.pgm", "tiff", 16, false, false, true},
    {"counts_min_is_white.tif", "counts_min_is_white_tif.pgm", "tiff", 16, false, true, true},
    {"counts_complement.tif", "counts_complement_tif.pgm", "tiff", 16, false, true, true},
    {"signed.tif", "signed_tif.pgm", "tiff", 16, false, false, true},
    {"colour.png", "colour.pgm", "png", 8, true},
    {"grey_as_colour.png", "grey_as_colour.pgm", "png", 8, true},
    {"grey_alpha.png", "grey_alpha.pgm", "png", 8},
    {"colour_alpha.png", "colour_alpha.pgm", "png", 8, true},
    {"palette.png", "palette.pgm", "png", 4, true},
    {"one_bit.png", "one_bit.pgm", "png", 1},
    {"deep.png", "deep.pgm", "png", 16},
    {"progressive.jpg", "progressive.pgm", "jpeg", 8},
    {"colour.jpg", "colour_jpeg.pgm", "jpeg", 8, true},
    {"grey.bmp", "grey_bmp.pgm", "bmp", 8},
};

class GoldenRaster : public testing::TestWithParam<Golden> {};

TEST_P(GoldenRaster, HasPillowsValues) {
  const Golden& golden = GetParam();
  const GreyImage image = decode_image(test_file(std::string("raster/") + golden.file));
  // Rounding, of the luma and of the range.
  const int tolerance = golden.was_colour || golden.range_measured ? 1 : 0;
  EXPECT_TRUE(
      images_agree(image.pixels, read_pgm(std::string("raster/") + golden.expected), tolerance));
  EXPECT_EQ(image.format, golden.format);
  EXPECT_EQ(image.stored_bits, golden.stored_bits);
  EXPECT_EQ(image.was_colour, golden.was_colour);
  EXPECT_EQ(image.inverted, golden.inverted);
  EXPECT_EQ(image.range_measured, golden.range_measured);
}

// A name for each row, made from the file's.
std::string row_name(std::string name) {
  for (char& letter : name) {
    if (letter == '.') letter = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenRaster, testing::ValuesIn(kGoldens),
                         [](const auto& row) { return row_name(row.param.file); });

TEST(DecodeRaster, GreyStoredAsColourKeepsItsValues) {
  const cv::Mat grey = drawn_picture(40, 50);
  cv::Mat colour;
  cv::cvtColor(grey, colour, cv::COLOR_GRAY2BGR);
  EXPECT_TRUE(images_agree(decode_image(encoded(".png", colour)).pixels, grey));
  EXPECT_TRUE(images_agree(decode_image(encoded(".bmp", colour)).pixels, grey));
}

std::string big_endian(uint32_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

// An EXIF block with the orientation alone: TIFF header, one directory of one SHORT (EXIF 2.32,
// section 4.5).
std::string exif_segment(int orientation) {
  using namespace std::string_literals;
  const std::string block = "Exif\0\0MM\0\x2a"s + big_endian(8, 4) + big_endian(1, 2) +
                            big_endian(274, 2) + big_endian(3, 2) + big_endian(1, 4) +
                            big_endian(orientation, 2) + big_endian(0, 2) + big_endian(0, 4);
  return "\xff\xe1" + big_endian(static_cast<uint32_t>(block.size() + 2), 2) + block;
}

// Where the upright image's (row, column) lies in the stored one, from the definition: orientation
// n says which sides of the picture the stored row 0 and column 0 are.
cv::Point stored_place(int orientation, int row, int column, cv::Size stored) {
  const int last_row = stored.height - 1, last_column = stored.width - 1;
  switch (orientation) {
    case 2:
      return {last_column - column, row};
    case 3:
      return {last_column - column, last_row - row};
    case 4:
      return {column, last_row - row};
    case 5:
      return {row, column};
    case 6:
      return {row, last_row - column};
    case 7:
      return {last_column - row, last_row - column};
    case 8:
      return {last_column - row, column};
    default:
      return {column, row};
  }
}

TEST(DecodeRaster, AppliesEveryExifOrientation) {
  const std::string plain = encoded(".jpg", drawn_picture(40, 56), {cv::IMWRITE_JPEG_QUALITY, 100});
  const cv::Mat stored = decode_image(plain).pixels;
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE(orientation);
    const cv::Mat upright =
        decode_image(plain.substr(0, 2) + exif_segment(orientation) + plain.substr(2)).pixels;
    const bool turned = orientation >= 5;
    cv::Mat expected(turned ? cv::Size(40, 56) : cv::Size(56, 40), CV_8UC1);
    for (int row = 0; row < expected.rows; ++row) {
      for (int column = 0; column < expected.cols; ++column) {
        expected.at<uint8_t>(row, column) =
            stored.at<uint8_t>(stored_place(orientation, row, column, stored.size()));
      }
    }
    EXPECT_TRUE(images_agree(upright, expected));
  }
}

TEST(DecodeRaster, DamagedExifDoesNotCostTheImage) {
  const std::string plain = encoded(".jpg", drawn_picture(40, 56));
  std::string segment = exif_segment(6);
  segment[17] = '\x7f';  // the directory's offset points far outside
  EXPECT_TRUE(images_agree(decode_image(plain.substr(0, 2) + segment + plain.substr(2)).pixels,
                           decode_image(plain).pixels));
}

TEST(To8bit, SamePictureWith8And16BitsIsTheSame) {
  cv::Mat grey = drawn_picture(40, 50), deep;
  grey.at<uint8_t>(0, 0) = 0;
  grey.at<uint8_t>(39, 49) = 255;
  grey.convertTo(deep, CV_16U, 257.0);
  const GreyImage image = decode_image(encoded(".png", deep));
  EXPECT_FALSE(image.range_measured);
  EXPECT_TRUE(images_agree(to_8bit(image), grey));
}

// 1000 … 1999 evenly: percentiles 0.5 and 99.5 of 10,000 values that each occur ten times are 1004
// and 1994.
cv::Mat even_counts() {
  cv::Mat counts(100, 100, CV_16UC1);
  for (int i = 0; i < 10000; ++i)
    counts.at<uint16_t>(i / 100, i % 100) = static_cast<uint16_t>(1000 + i / 10);
  return counts;
}

TEST(To8bit, DetectorCountsAreStretchedBetweenTheirPercentiles) {
  const GreyImage image = decode_image(encoded(".png", even_counts()));
  EXPECT_TRUE(image.range_measured);
  const cv::Mat shown = to_8bit(image);
  EXPECT_EQ(shown.at<uint8_t>(0, 0), 0);
  EXPECT_EQ(shown.at<uint8_t>(99, 99), 255);
  EXPECT_NEAR(shown.at<uint8_t>(50, 0), 128, 1);  // 1500, the middle
  EXPECT_NEAR(shown.at<uint8_t>(25, 0), 63, 1);   // 1250: (1250 − 1004) / 990 · 255
}

// What is burnt into counts must not move the other pixels, whatever the file's format.
struct BurntIn {
  const char* name;
  cv::Rect place;
  int value;
};

const BurntIn kBurntIn[] = {
    {"hot_pixel", {99, 99, 1, 1}, 65535},
    {"hot_pixel_of_14_bits", {99, 99, 1, 1}, 16383},
    {"dead_pixel", {0, 0, 1, 1}, 0},
    {"marker_of_4_percent", {40, 40, 20, 20}, 65535},
    {"marker_of_9_percent", {40, 40, 30, 30}, 65535},
    {"marker_of_12_bits", {40, 40, 20, 20}, 4095},
};

class BurntInCounts : public testing::TestWithParam<BurntIn> {};

TEST_P(BurntInCounts, KeepTheirContrast) {
  const cv::Mat counts = even_counts();
  cv::Mat marked = counts.clone();
  marked(GetParam().place).setTo(GetParam().value);
  for (const char* extension : {".png", ".tiff"}) {
    const cv::Mat expected = to_8bit(decode_image(encoded(extension, counts)));
    cv::Mat shown = to_8bit(decode_image(encoded(extension, marked)));
    EXPECT_EQ(shown(GetParam().place).at<uint8_t>(0, 0), GetParam().value == 0 ? 0 : 255);
    expected(GetParam().place).copyTo(shown(GetParam().place));
    // The marked area counts no more: of 9,100 pixels the percentiles are a few values away.
    EXPECT_TRUE(images_agree(shown, expected, 3)) << extension;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, BurntInCounts, testing::ValuesIn(kBurntIn),
                         [](const auto& row) { return std::string(row.param.name); });

uint32_t png_checksum(const std::string& bytes) {  // ISO/IEC 15948, annex D, bit by bit
  uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
  }
  return ~crc;
}

std::string png_of_size(uint32_t columns, uint32_t rows) {
  std::string png = encoded(".png", drawn_picture(40, 50));
  png.replace(16, 8, big_endian(columns, 4) + big_endian(rows, 4));
  return png.replace(29, 4, big_endian(png_checksum(png.substr(12, 17)), 4));
}

std::string jpeg_of_size(uint32_t columns, uint32_t rows) {
  std::string jpeg = encoded(".jpg", drawn_picture(40, 50));
  return jpeg.replace(jpeg.find("\xff\xc0") + 5, 4, big_endian(rows, 2) + big_endian(columns, 2));
}

std::string bmp_of_size(uint32_t columns, uint32_t rows) {
  const auto little_endian = [](uint32_t value) {
    const std::string text = big_endian(value, 4);
    return std::string(text.rbegin(), text.rend());
  };
  return encoded(".bmp", drawn_picture(40, 50))
      .replace(18, 8, little_endian(columns) + little_endian(rows));
}

std::string half_of(const std::string& bytes) { return bytes.substr(0, bytes.size() / 2); }

std::string with_byte_changed(std::string bytes, std::size_t place) {
  bytes[place] = static_cast<char>(bytes[place] ^ 0x55);
  return bytes;
}

struct BadInput {
  const char* name;
  std::string bytes;
  ErrorCode code;
};

std::vector<BadInput> bad_inputs() {
  using namespace std::string_literals;
  const cv::Mat picture = drawn_picture(200, 300);
  const cv::Mat black = cv::Mat::zeros(100, 100, CV_8UC1);
  cv::Mat nearly_black = black.clone();
  nearly_black.at<uint8_t>(50, 50) = 255;
  const std::string png = encoded(".png", picture), jpeg = encoded(".jpg", picture);
  return {
      {"empty", "", ErrorCode::empty_input},
      {"one_byte", "x", ErrorCode::unsupported_format},
      {"renamed_text", "This is a radiology report and not an image.\n",
       ErrorCode::unsupported_format},
      {"gif", "GIF89a\x40\0\x40\0"s, ErrorCode::unsupported_format},
      {"truncated_png", half_of(png), ErrorCode::corrupt_image},
      {"truncated_jpeg", half_of(jpeg), ErrorCode::corrupt_image},
      {"truncated_tiff", half_of(encoded(".tiff", picture)), ErrorCode::corrupt_image},
      {"truncated_bmp", half_of(encoded(".bmp", picture)), ErrorCode::corrupt_image},
      {"png_without_end", png.substr(0, png.size() - 12), ErrorCode::corrupt_image},
      {"png_with_changed_byte", with_byte_changed(png, png.size() / 2), ErrorCode::corrupt_image},
      {"jpeg_without_end", jpeg.substr(0, jpeg.size() - 2), ErrorCode::corrupt_image},
      {"png_1x1", encoded(".png", cv::Mat(1, 1, CV_8UC1, cv::Scalar(7))),
       ErrorCode::image_too_small},
      {"jpeg_1x1", encoded(".jpg", cv::Mat(1, 1, CV_8UC1, cv::Scalar(7))),
       ErrorCode::image_too_small},
      {"bmp_31x200", encoded(".bmp", drawn_picture(31, 200)), ErrorCode::image_too_small},
      {"png_0x0", png_of_size(0, 0), ErrorCode::corrupt_image},
      {"png_102400x320", png_of_size(102400, 320), ErrorCode::extreme_aspect},
      {"bmp_60x301", encoded(".bmp", drawn_picture(60, 301)), ErrorCode::extreme_aspect},
      {"tiff_301x60", encoded(".tiff", drawn_picture(301, 60)), ErrorCode::extreme_aspect},
      {"png_20000x20000", png_of_size(20000, 20000), ErrorCode::image_too_large},
      {"jpeg_20000x20000", jpeg_of_size(20000, 20000), ErrorCode::image_too_large},
      {"bmp_20000x20000", bmp_of_size(20000, 20000), ErrorCode::image_too_large},
      {"png_bomb_of_80_megapixels", png_of_size(10000, 8000), ErrorCode::corrupt_image},
      {"jpeg_bomb_of_80_megapixels", jpeg_of_size(10000, 8000), ErrorCode::corrupt_image},
      {"all_black", encoded(".png", black), ErrorCode::no_contrast},
      {"all_black_16_bit", encoded(".png", cv::Mat::zeros(100, 100, CV_16UC1)),
       ErrorCode::no_contrast},
      {"one_white_pixel", encoded(".png", nearly_black), ErrorCode::no_contrast},
      {"cmyk_jpeg", test_file("raster/cmyk.jpg"), ErrorCode::unsupported_colour},
      {"cmyk_tiff", test_file("raster/cmyk.tif"), ErrorCode::unsupported_colour},
      {"tiff_with_half_a_jpeg_inside", test_file("raster/jpeg_inside_cut.tif"),
       ErrorCode::corrupt_image},
      {"floating_point_tiff", test_file("raster/floating_point.tif"),
       ErrorCode::unsupported_format},
      {"tiff_of_two_pages", test_file("raster/two_pages.tif"), ErrorCode::multi_frame},
  };
}

class BadRaster : public testing::TestWithParam<BadInput> {};

TEST_P(BadRaster, IsRefusedWithItsReason) {
  const Caught result = caught([&] { decode_image(GetParam().bytes); });
  EXPECT_EQ(result.code, GetParam().code) << result.message;
}

INSTANTIATE_TEST_SUITE_P(Inputs, BadRaster, testing::ValuesIn(bad_inputs()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(DecodeRaster, SidesOfFiveToOneAreAccepted) {
  EXPECT_EQ(decode_image(encoded(".png", drawn_picture(60, 300))).pixels.cols, 300);
}

TEST(DecodeRaster, SixteenBitsAreAccepted) {
  EXPECT_EQ(decode_image(test_file("raster/deep.png")).pixels.type(), CV_16UC1);
}

TEST(DecodeRaster, NoProperPrefixOfAFilePasses) {
  for (const char* name : {"colour.png", "one_bit.png", "progressive.jpg", "colour.jpg", "lzw.tif",
                           "turned.tif", "grey.bmp", "big.tif", "deep_tiled.tif"}) {
    const std::string bytes = test_file(std::string("raster/") + name);
    // The last four bytes of a TIFF file, eight of a BigTIFF file, only say that no further page
    // follows.
    const std::string_view kind = name;
    const std::size_t end = bytes.size() - (kind == "big.tif" ? 8 : kind.ends_with(".tif") ? 4 : 0);
    for (std::size_t length = 0; length < end; ++length) {
      ASSERT_TRUE(caught([&] { decode_image(bytes.substr(0, length)); }).code)
          << name << ", " << length << " bytes";
    }
  }
}

TEST(DecodeRaster, RandomDamageEndsInAnImageOrAnError) {
  Random random(20);
  for (const char* name :
       {"colour.png", "progressive.jpg", "colour.jpg", "lzw.tif", "deep_deflate.tif", "grey.bmp",
        "big.tif", "deep_tiled.tif", "deep_colour_planes.tif", "twelve_bit.tif"}) {
    const std::string bytes = test_file(std::string("raster/") + name);
    for (int round = 0; round < 300; ++round) {
      std::string damaged = bytes;
      for (int change = 0; change < 3; ++change)
        damaged[random.index(bytes.size())] = static_cast<char>(random.bits());
      try {
        EXPECT_GE(decode_image(damaged).pixels.rows, kMinSide);
      } catch (const Error& error) {
        EXPECT_NE(error.code(), ErrorCode::internal) << error.what();
      }
    }
  }
}

}  // namespace
}  // namespace cxrnet::imaging
