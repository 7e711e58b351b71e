#include "cxrnet/data/image_codec.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cxrnet/core/files.h"
#include "expect_error.h"

// The files in test/data are written and decoded by Pillow (tools/golden/data.py).
namespace cxrnet::data {
namespace {

constexpr int64_t kHeight = 19, kWidth = 23;

std::string golden(const std::string& name) {
  return read_file(std::filesystem::path(CXRNET_TEST_DATA) / name);
}

int64_t at_pixel(const at::Tensor& image, int64_t y, int64_t x) {
  return image[y][x].item<int64_t>();
}

TEST(DecodeGrey, ReadsEightAndSixteenBitPng) {
  for (const char* name : {"grey8.png", "grey16.png"}) {
    SCOPED_TRACE(name);
    const auto image = decode_grey(golden(name));
    ASSERT_EQ(image.sizes(), (std::vector<int64_t>{kHeight, kWidth}));
    ASSERT_EQ(image.scalar_type(), at::kByte);
    for (int64_t y = 0; y < kHeight; ++y) {
      for (int64_t x = 0; x < kWidth; ++x) ASSERT_EQ(at_pixel(image, y, x), (7 * x + 13 * y) % 256);
    }
  }
}

TEST(DecodeGrey, ReadsJpegAsLibjpegDoes) {
  const auto expected = decode_grey(golden("smooth_decoded.png")).to(at::kInt);
  for (const char* name : {"smooth.jpg", "smooth_progressive.jpg"}) {
    SCOPED_TRACE(name);
    const auto image = decode_grey(golden(name)).to(at::kInt);
    ASSERT_EQ(image.sizes(), expected.sizes());
    EXPECT_LE((image - expected).abs().max().item<int>(), 2);  // the inverse DCTs round differently
  }
}

TEST(DecodeMask, ReadsOneBitPng) {
  const auto mask = decode_mask(golden("mask1.png"));
  ASSERT_EQ(mask.sizes(), (std::vector<int64_t>{kHeight, kWidth}));
  ASSERT_EQ(mask.scalar_type(), at::kBool);
  for (int64_t y = 0; y < kHeight; ++y) {
    for (int64_t x = 0; x < kWidth; ++x) ASSERT_EQ(mask[y][x].item<bool>(), (x * y) % 3 == 0);
  }
}

// A mask of 0 and 1 in a shard would be a blank to train on.
TEST(DecodeMask, RefusesOtherValuesThanBlackAndWhite) {
  for (const char* name : {"grey8.png", "masks/0_1.png"}) {
    expect_error(ErrorCode::corrupt_shard, "expected a mask of black and white, got other values",
                 [&] { decode_mask(golden(name)); });
  }
}

struct BadImage {
  const char* name;
  std::string bytes;
  const char* message;
};

TEST(DecodeGrey, RefusesBadBytes) {
  const auto jpeg = golden("smooth.jpg");
  const auto png = golden("grey8.png");
  auto bad_checksum_header = png;
  bad_checksum_header[19] = '\x7F';  // the width's third byte: 32535 pixels
  auto huffman_overflow = jpeg;
  huffman_overflow[jpeg.find("\xFF\xC4") + 5] = '\xFF';   // the table's number of codes of one bit,
  huffman_overflow[jpeg.find("\xFF\xC4") + 20] = '\xFF';  // and of sixteen
  const BadImage rows[] = {
      {"empty", "", "expected JPEG or PNG bytes, got none"},
      {"text", "path,label\n", "got another kind"},
      {"GIF", golden("other_kind.gif"), "got another kind"},
      {"cut-off JPEG", jpeg.substr(0, jpeg.size() / 2), "expected a whole JPEG"},
      {"cut-off PNG", png.substr(0, png.size() / 2), "expected decodable bytes"},
      {"PNG signature alone", png.substr(0, 8), "expected a readable header"},
      {"JPEG markers alone", "\xFF\xD8\xFF\xD9", "expected a readable header"},
      {"Huffman table of too many codes", huffman_overflow,
       "expected Huffman tables of at most 255"},
      {"too wide", golden("wide.png"), "expected sides of at most 4096 pixels, got 4097 x 1"},
      {"absurd header", bad_checksum_header, "expected "},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    expect_error(ErrorCode::corrupt_shard, row.message, [&] { decode_grey(row.bytes); });
  }
}

// Whatever byte is damaged, the decoder returns an image or refuses; the sanitizer builds watch the
// memory.
TEST(DecodeGrey, SurvivesEverySingleByteOfDamage) {
  for (const char* name : {"smooth.jpg", "grey8.png", "mask1.png"}) {
    const auto whole = golden(name);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      auto damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
      try {
        EXPECT_EQ(decode_grey(damaged).dim(), 2);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::corrupt_shard);
      }
    }
  }
}

}  // namespace
}  // namespace cxrnet::data
