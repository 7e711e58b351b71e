// BMP in every layout that export programs write, byte by byte, against the picture that was put
// in.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "cxrnet/imaging/decode.h"
#include "error_matchers.h"
#include "test_images.h"

namespace cxrnet::imaging {
namespace {

std::string little(int64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

using ChannelMasks = std::array<uint32_t, 4>;  // red, green, blue, alpha

constexpr uint32_t kPlain = 0, kBitfields = 3, kAlphaBitfields = 6;
constexpr uint32_t kCore = 12, kInfoHeader = 40, kVersion2 = 52, kVersion3 = 56, kVersion4 = 108,
                   kVersion5 = 124;

struct BmpLayout {
  const char* name;
  int bits;
  uint32_t compression = kPlain;
  uint32_t header_bytes = kInfoHeader;
  ChannelMasks masks = {0xFF0000, 0xFF00, 0xFF, 0};
  bool top_down = false;
};

const BmpLayout kBmpLayouts[] = {
    {"bits_24", 24},
    {"bits_24_top_down", 24, kPlain, kInfoHeader, {0xFF0000, 0xFF00, 0xFF, 0}, true},
    {"bits_24_core_header", 24, kPlain, kCore},
    {"bits_32", 32},
    {"bits_16", 16, kPlain, kInfoHeader, {0x7C00, 0x3E0, 0x1F, 0}},
    {"bitfields_32_as_gimp", 32, kBitfields, kVersion5, {0xFF0000, 0xFF00, 0xFF, 0xFF000000}},
    {"bitfields_32_behind_the_header", 32, kBitfields, kInfoHeader, {0xFF, 0xFF00, 0xFF0000, 0}},
    {"bitfields_32_high_bytes", 32, kBitfields, kVersion4, {0xFF000000, 0xFF0000, 0xFF00, 0xFF}},
    {"bitfields_32_ten_bits", 32, kBitfields, kVersion3, {0x3FF00000, 0xFFC00, 0x3FF, 0}},
    {"bitfields_16_565", 16, kBitfields, kInfoHeader, {0xF800, 0x7E0, 0x1F, 0}},
    {"bitfields_16_555_version_2", 16, kBitfields, kVersion2, {0x7C00, 0x3E0, 0x1F, 0}},
    {"bitfields_16_444", 16, kBitfields, kVersion4, {0xF00, 0xF0, 0xF, 0xF000}},
    {"bitfields_24", 24, kBitfields, kVersion4, {0xFF, 0xFF00, 0xFF0000, 0}},
    {"alpha_bitfields_32", 32, kAlphaBitfields, kInfoHeader, {0xFF, 0xFF00, 0xFF0000, 0xFF000000}},
    {"alpha_bitfields_16_top_down",
     16,
     kAlphaBitfields,
     kInfoHeader,
     {0xF00, 0xF0, 0xF, 0xF000},
     true},
};

// The channel's code for a grey level, at its place; and the level that it stands for.
uint32_t channel_code(uint32_t mask, int level) {
  if (mask == 0) return 0;
  const int shift = std::countr_zero(mask);
  const double highest = mask >> shift;
  return static_cast<uint32_t>(std::lround(level / 255.0 * highest)) << shift;
}

double channel_level(uint32_t mask, uint32_t pixel) {
  const int shift = std::countr_zero(mask);
  return 255.0 * ((pixel & mask) >> shift) / (mask >> shift);
}

uint32_t pixel_of(const ChannelMasks& masks, int level) {
  return channel_code(masks[0], level) | channel_code(masks[1], level) |
         channel_code(masks[2], level) | channel_code(masks[3], 90);  // alpha is ignored
}

std::string bmp_header(const BmpLayout& layout, int columns, int rows, uint32_t palette_entries) {
  const bool masks_follow = layout.header_bytes == kInfoHeader && layout.compression != kPlain;
  const uint32_t mask_bytes =
      masks_follow ? (layout.compression == kAlphaBitfields ? 16U : 12U) : 0U;
  const uint32_t entry_bytes = layout.header_bytes == kCore ? 3 : 4;
  std::string header =
      "BM" + little(0, 8) +
      little(14 + layout.header_bytes + mask_bytes + palette_entries * entry_bytes, 4) +
      little(layout.header_bytes, 4);
  if (layout.header_bytes == kCore)
    return header + little(columns, 2) + little(rows, 2) + little(1, 2) + little(layout.bits, 2);
  const auto stored_rows = static_cast<uint32_t>(layout.top_down ? -rows : rows);
  header += little(columns, 4) + little(stored_rows, 4) + little(1, 2) + little(layout.bits, 2) +
            little(layout.compression, 4) + little(0, 12) + little(palette_entries, 4) +
            little(0, 4);
  if (layout.compression != kPlain || layout.header_bytes > kInfoHeader) {
    for (const uint32_t mask : layout.masks) header += little(mask, 4);
  }
  header.resize(14 + layout.header_bytes + mask_bytes);
  return header;
}

std::string bmp_file(const BmpLayout& layout, const cv::Mat& grey) {
  std::string file = bmp_header(layout, grey.cols, grey.rows, 0);
  for (int row = 0; row < grey.rows; ++row) {
    const int shown = layout.top_down ? row : grey.rows - 1 - row;
    std::string line;
    for (int column = 0; column < grey.cols; ++column)
      line += little(pixel_of(layout.masks, grey.at<uint8_t>(shown, column)), layout.bits / 8);
    line.resize((line.size() + 3) / 4 * 4);
    file += line;
  }
  return file;
}

class BmpTest : public testing::TestWithParam<BmpLayout> {};

TEST_P(BmpTest, ShowsWhatWasPutIn) {
  const cv::Mat grey = drawn_picture(40, 51);
  cv::Mat expected(grey.size(), CV_8UC1);
  const ChannelMasks& masks = GetParam().masks;
  std::transform(grey.begin<uint8_t>(), grey.end<uint8_t>(), expected.begin<uint8_t>(),
                 [&](uint8_t level) {
                   const uint32_t pixel = pixel_of(masks, level);
                   return static_cast<uint8_t>(std::lround(0.299 * channel_level(masks[0], pixel) +
                                                           0.587 * channel_level(masks[1], pixel) +
                                                           0.114 * channel_level(masks[2], pixel)));
                 });
  const GreyImage image = decode_image(bmp_file(GetParam(), grey));
  EXPECT_TRUE(images_agree(image.pixels, expected, 1));
  EXPECT_EQ(image.format, "bmp");
  EXPECT_EQ(image.stored_bits, 8);
}

INSTANTIATE_TEST_SUITE_P(Layouts, BmpTest, testing::ValuesIn(kBmpLayouts),
                         [](const auto& row) { return std::string(row.param.name); });

// A palette that falls from white to black, so that a code read as a level shows.
std::string palette_bmp(int bits, uint32_t header_bytes, const cv::Mat& codes) {
  const uint32_t entries = 1U << bits;
  std::string file = bmp_header({"", bits, kPlain, header_bytes}, codes.cols, codes.rows, entries);
  for (uint32_t i = 0; i < entries; ++i) {
    file += std::string(3, static_cast<char>(255 - 255 * i / (entries - 1)));
    if (header_bytes != kCore) file += '\0';
  }
  for (int row = codes.rows - 1; row >= 0; --row) {
    std::string line;
    for (int column = 0; column < codes.cols; ++column) {
      const int first_bit = column * bits;
      if (first_bit % 8 == 0) line += '\0';
      line.back() = static_cast<char>(line.back() | codes.at<uint8_t>(row, column)
                                                        << (8 - bits - first_bit % 8));
    }
    line.resize((line.size() + 3) / 4 * 4);
    file += line;
  }
  return file;
}

TEST(BmpPalette, OfOneTwoFourAndEightBits) {
  for (const int bits : {1, 2, 4, 8}) {
    const int highest = (1 << bits) - 1;
    cv::Mat codes, expected;
    drawn_picture(40, 51).convertTo(codes, CV_8U, highest / 255.0);
    codes.convertTo(expected, CV_8U);
    for (auto& level : cv::Mat_<uint8_t>(expected))
      level = static_cast<uint8_t>(255 - 255 * level / highest);
    for (const uint32_t header_bytes : {kCore, kInfoHeader, kVersion5}) {
      EXPECT_TRUE(
          images_agree(decode_image(palette_bmp(bits, header_bytes, codes)).pixels, expected))
          << bits << " bits, header of " << header_bytes;
    }
  }
}

std::string replaced(std::string bytes, std::size_t place, const std::string& by) {
  return bytes.replace(place, by.size(), by);
}

struct BadBmp {
  const char* name;
  std::string bytes;
  ErrorCode code;
  const char* got = "";  // what the message names
};

std::vector<BadBmp> bad_bmps() {
  const cv::Mat grey = drawn_picture(40, 51);
  const std::string plain = bmp_file({"", 24}, grey);
  const std::string fields = bmp_file({"", 32, kBitfields}, grey);
  constexpr std::size_t kRows = 22, kBits = 28, kCompression = 30, kMasks = 54, kData = 10,
                        kHeaderBytes = 14;
  return {
      {"run_lengths", replaced(plain, kCompression, little(1, 4)), ErrorCode::unsupported_format,
       "run lengths"},
      {"jpeg_inside", replaced(plain, kCompression, little(4, 4)), ErrorCode::unsupported_format,
       "JPEG"},
      {"png_inside", replaced(plain, kCompression, little(5, 4)), ErrorCode::unsupported_format,
       "PNG"},
      {"os2_huffman",
       replaced(replaced(plain, kCompression, little(3, 4)), kHeaderBytes, little(64, 4)),
       ErrorCode::unsupported_format, "OS/2"},
      {"bits_48", replaced(plain, kBits, little(48, 2)), ErrorCode::unsupported_format, "48 bits"},
      {"unknown_header", replaced(plain, kHeaderBytes, little(20, 4)),
       ErrorCode::unsupported_format, "header"},
      {"masks_for_a_palette", replaced(fields, kBits, little(8, 2)), ErrorCode::unsupported_format,
       "palette"},
      {"mask_of_zero", replaced(fields, kMasks, little(0, 4)), ErrorCode::corrupt_image, "mask"},
      {"mask_with_a_hole", replaced(fields, kMasks, little(0xF0F0, 4)), ErrorCode::corrupt_image,
       "mask"},
      {"pixels_inside_the_header", replaced(plain, kData, little(20, 4)), ErrorCode::corrupt_image},
      {"more_rows_than_data", replaced(plain, kRows, little(80, 4)), ErrorCode::corrupt_image},
      {"one_byte_short", plain.substr(0, plain.size() - 1), ErrorCode::corrupt_image},
  };
}

class BadBmpTest : public testing::TestWithParam<BadBmp> {};

TEST_P(BadBmpTest, IsRefusedByName) {
  const Caught result = caught([&] { decode_image(GetParam().bytes); });
  EXPECT_EQ(result.code, GetParam().code) << result.message;
  EXPECT_NE(result.message.find(GetParam().got), std::string::npos) << result.message;
}

INSTANTIATE_TEST_SUITE_P(Files, BadBmpTest, testing::ValuesIn(bad_bmps()),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace cxrnet::imaging
