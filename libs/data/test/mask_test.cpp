#include "cxrnet/data/mask.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "cxrnet/core/files.h"
#include "cxrnet/data/manifest.h"
#include "expect_error.h"
#include "shared_data.h"

// The files in test/data/masks are written by Pillow (tools/golden/masks.py).
namespace cxrnet::data {
namespace {

constexpr int64_t kMaskHeight = 38, kMaskWidth = 41;

// The two rectangles that all of the files mean.
bool is_lung(int64_t x, int64_t y) {
  return y >= 7 && y <= 29 && ((x >= 6 && x <= 15) || (x >= 24 && x <= 33));
}

std::string mask_file(const std::string& name) {
  return read_file(std::filesystem::path(CXRNET_TEST_DATA) / "masks" / name);
}

int64_t count_wrong(const Mask& mask) {
  int64_t wrong = 0;
  std::size_t i = 0;
  for (int64_t y = 0; y < mask.height; ++y) {
    for (int64_t x = 0; x < mask.width; ++x) wrong += (mask.inside[i++] == 1) != is_lung(x, y);
  }
  return wrong;
}

TEST(InterpretMask, ReadsLungsHoweverTheyAreStored) {
  const char* names[] = {"0_255.png",
                         "0_1.png",
                         "3_7.png",
                         "1_bit.png",
                         "2_bits_labels.png",
                         "labels_0_1_2.png",
                         "labels_0_127_255.png",
                         "16_bits_0_1.png",
                         "16_bits_0_65535.png",
                         "palette_black_white.png",
                         "palette_white_black.png",
                         "palette_dark_red.png",
                         "palette_labels.png",
                         "palette_all_black.png",
                         "palette_transparent.png",
                         "rgb.png",
                         "rgb_0_1.png",
                         "rgb_viridis.png",
                         "rgb_labels.png",
                         "rgba.png",
                         "alpha.png",
                         "transparent_background.png",
                         "grey_alpha.png",
                         "resized.png",
                         "soft.png",
                         "ringing.jpg",
                         "ringing_rgb.jpg",
                         "ringing.png",
                         "ringing_labels.jpg"};
  for (const char* name : names) {
    SCOPED_TRACE(name);
    const auto mask = interpret_mask(decode_mask_pixels(mask_file(name)), MaskOf::lungs);
    ASSERT_EQ(mask.height, kMaskHeight);
    ASSERT_EQ(mask.width, kMaskWidth);
    EXPECT_EQ(count_wrong(mask), 0);
  }
}

TEST(InterpretMask, AStrayValueDoesNotHideTheOthers) {
  const auto mask =
      interpret_mask(decode_mask_pixels(mask_file("0_1_stray_255.png")), MaskOf::lungs);
  EXPECT_EQ(count_wrong(mask), 1);  // the stray pixel itself
}

struct RefusedMask {
  const char* name;
  const char* found;
};

TEST(InterpretMask, RefusesWhatShowsNoLungsAndSaysWhatItFound) {
  const RefusedMask rows[] = {
      {"empty.png", "got 1 values (0) in every pixel"},
      {"white.png", "got 1 values (255) in every pixel"},
      {"one_colour.png", "got 1 colours (#FF0000) in every pixel"},
      {"inverted.png",
       "got 2 values (0, 255) of which the brighter fill 100.0 % of the border; is it inverted?"},
      {"inverted_0_1.png", "got 2 values (0, 1) of which the brighter fill 100.0 % of the border"},
      {"lungs_and_heart.png",
       "expected two values, or three for left and right lung side by side, got 3 values (0, 1, "
       "2)"},
      {"lobes.png", "got 5 values (0, 1, 2, 3, 4)"},
      {"picture.png", "is it a picture?"},
      {"colour_picture.png", "got more than 16 colours"},
      {"0_1.jpg", "got a JPEG of 2 values (0, 1); save it as PNG"},
      {"coloured.jpg", "got a JPEG in colour"},
      {"equally_bright.png", "got two colours that are equally bright"},
      {"dot.png", "got 2 values (0, 255) of which the brighter fill 0.1 % of the picture"}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    expect_error(ErrorCode::corrupt_image, row.found,
                 [&] { interpret_mask(decode_mask_pixels(mask_file(row.name)), MaskOf::lungs); });
  }
}

TEST(InterpretMask, LesionsMayLieAnywhereAndBeOfSeveralKinds) {
  const std::pair<const char*, int64_t> inside[] = {
      {"dot.png", 1}, {"lobes.png", 460}, {"0_1.png", 460}};
  for (const auto& [name, pixels] : inside) {
    SCOPED_TRACE(name);
    const auto mask = interpret_mask(decode_mask_pixels(mask_file(name)), MaskOf::lesions);
    EXPECT_EQ(std::count(mask.inside.begin(), mask.inside.end(), 1), pixels);
  }
  expect_error(ErrorCode::corrupt_image, "lesion mask: expected something inside",
               [] { interpret_mask(decode_mask_pixels(mask_file("empty.png")), MaskOf::lesions); });
}

struct BadMask {
  const char* name;
  std::string bytes;
  ErrorCode code;
  const char* message;
};

TEST(DecodeMaskPixels, RefusesBadBytes) {
  const auto png = mask_file("0_255.png");
  auto large = png;
  large[18] = '\x3F';  // 16169 x 16166 pixels
  large[22] = '\x3F';
  auto long_chunk = png;
  long_chunk[png.find("IDAT") - 4] = '\x3F';  // the length's first byte: a gigabyte
  const BadMask rows[] = {
      {"empty", "", ErrorCode::unsupported_format, "mask: expected JPEG or PNG bytes, got none"},
      {"text", "path,label\n", ErrorCode::unsupported_format, "got another kind"},
      {"cut off", png.substr(0, png.size() / 2), ErrorCode::corrupt_image, "save it as PNG"},
      {"cut off in the header", png.substr(0, 20), ErrorCode::corrupt_image, "save it as PNG"},
      {"many pixels", large, ErrorCode::image_too_large, "at most 100 million pixels"},
      {"a chunk longer than the file", long_chunk, ErrorCode::corrupt_image,
       "got a file that says it has more"},
      {"inflated beyond the rows", mask_file("much_more_behind_the_rows.png"),
       ErrorCode::corrupt_image, "expected as many bytes as "}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    expect_error(row.code, row.message, [&] { decode_mask_pixels(row.bytes); });
  }
}

// Whatever byte is damaged, a mask comes out or an error; the sanitizer builds watch the memory.
TEST(DecodeMaskPixels, SurvivesEverySingleByteOfDamage) {
  for (const char* name :
       {"palette_labels.png", "2_bits_labels.png", "16_bits_0_1.png", "alpha.png", "ringing.jpg"}) {
    const auto whole = mask_file(name);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      auto damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
      try {
        const auto mask = interpret_mask(decode_mask_pixels(damaged), MaskOf::lesions);
        EXPECT_EQ(mask.inside.size(), static_cast<std::size_t>(mask.height * mask.width));
      } catch (const Error& error) {
        EXPECT_NE(error.code(), ErrorCode::internal) << error.what();
      }
    }
  }
}

TEST(InterpretMask, ReadsEveryTwentiethMaskOfCxr4AsBlackAndWhite) {
  CXRNET_SKIP_WITHOUT_CXR4();
  const auto manifest = read_manifest(cxr4_folder() / "manifest.csv");
  for (std::size_t i = 0; i < manifest.rows.size(); i += 20) {
    const auto& row = manifest.rows[i];
    if (row.mask_path.empty()) continue;
    SCOPED_TRACE(row.image_id);
    const auto pixels = decode_mask_pixels(read_file(resolve_path(manifest, row.mask_path)));
    const auto mask = interpret_mask(pixels, MaskOf::lungs);
    for (std::size_t at = 0; at < mask.inside.size(); ++at)
      ASSERT_EQ(mask.inside[at] * 255, pixels.values[at]);
  }
}

}  // namespace
}  // namespace cxrnet::data
