// Which kind a file is: what is not read is refused by its name, and a header that promises more
// than the data hold is not believed.
#include <gtest/gtest.h>

#include "codec/foreign.h"
#include "cxrnet/imaging/decode.h"
#include "error_matchers.h"
#include "test_images.h"

namespace cxrnet::imaging {
namespace {

using namespace std::string_literals;

struct ForeignFile {
  const char* name;
  std::string bytes;
  const char* kind;
};

// First bytes as the formats' specifications give them.
std::vector<ForeignFile> foreign_files() {
  const auto at = [](std::size_t place, const std::string& mark) {
    return std::string(place, '\0') + mark + std::string(100, '\0');
  };
  return {
      {"jp2", at(0, "\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14"s + "ftypjp2 "), "JPEG 2000"},
      {"j2k", at(0, "\xff\x4f\xff\x51\0\x2f"s), "JPEG 2000"},
      {"jpeg_xl", at(0, "\0\0\0\x0cJXL \r\n\x87\n"s), "JPEG XL"},
      {"jpeg_xl_codestream", at(0, "\xff\x0a"s), "JPEG XL"},
      {"gif", at(0, "GIF89a"), "GIF"},
      {"webp", "RIFF\x10\0\0\0WEBPVP8 "s, "WebP"},
      {"heic", "\0\0\0\x18"s + "ftypheic\0\0\0\0"s, "HEIC"},
      {"heif", "\0\0\0\x18"s + "ftypmif1\0\0\0\0"s, "HEIC"},
      {"avif", "\0\0\0\x1c"s + "ftypavif\0\0\0\0"s, "AVIF"},
      {"mp4", "\0\0\0\x18"s + "ftypisom\0\0\0\0"s, "video"},
      {"avi", "RIFF\x10\0\0\0AVI LIST"s, "video"},
      {"pdf", "%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"},
      {"zip", at(0, "PK\x03\x04\x14"), "ZIP"},
      {"empty_zip", at(0, "PK\x05\x06"), "ZIP"},
      {"gzip", at(0, "\x1f\x8b\x08"), "gzip"},
      {"nifti", at(344, "n+1\0"s), "NIfTI"},
      {"nifti_2", "\x1c\x02\0\0n+2\0\r\n\x1a\n"s, "NIfTI"},
      {"nrrd", "NRRD0004\ntype: short\n", "NRRD"},
      {"metaimage", "ObjectType = Image\nNDims = 2\n", "MetaImage"},
      {"hdf5", at(0, "\x89HDF\r\n\x1a\n"), "HDF5"},
      {"numpy", at(0, "\x93NUMPY\x01"), "NumPy"},
      {"pgm", "P5 4 4 255\n0123456789abcdef", "PNM"},
      {"psd", at(0, "8BPS\0\1"s), "Photoshop"},
      {"tar", at(257, "ustar"), "TAR"},
      {"seven_zip", at(0, "7z\xbc\xaf\x27\x1c"), "7-Zip"},
      {"word", at(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "Office"},
      {"svg", "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "SVG"},
      {"html", "\xef\xbb\xbf\n<!DOCTYPE html><html><body>404</body></html>", "HTML"},
      {"xml", "<?xml version=\"1.0\"?><report/>", "XML"},
      {"text", "This is a radiology report and not an image.\n", "a text"},
      {"git_lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"},
      {"noise", "\x03\x01\x02\x00\x05\x07"s, "something else"},
      {"one_zero", "\0"s, "something else"},
  };
}

class ForeignTest : public testing::TestWithParam<ForeignFile> {};

TEST_P(ForeignTest, IsRefusedByItsName) {
  const Caught result = caught([&] { decode_image(GetParam().bytes); });
  EXPECT_EQ(result.code, ErrorCode::unsupported_format) << result.message;
  EXPECT_NE(result.message.find("got "s), std::string::npos);
  EXPECT_NE(result.message.find(GetParam().kind), std::string::npos) << result.message;
}

INSTANTIATE_TEST_SUITE_P(Files, ForeignTest, testing::ValuesIn(foreign_files()),
                         [](const auto& row) { return std::string(row.param.name); });

// The marker segments between SOI and the first scan: where each begins.
std::vector<std::size_t> jpeg_segments(const std::string& jpeg) {
  std::vector<std::size_t> places;
  for (std::size_t at = 2;;) {
    places.push_back(at);
    if (jpeg.at(at + 1) == '\xda') return places;
    at += 2 + static_cast<uint8_t>(jpeg.at(at + 2)) * 256U + static_cast<uint8_t>(jpeg.at(at + 3));
  }
}

std::size_t frame_header(const std::string& jpeg) { return jpeg.find("\xff\xc0"); }

TEST(JpegMarkers, MayFollowFillBytes) {
  const std::string plain = encoded(".jpg", drawn_picture(40, 56));
  std::string filled = plain;
  const auto places = jpeg_segments(plain);
  for (auto place = places.rbegin(); place != places.rend(); ++place)
    filled.insert(*place, std::string(1 + *place % 5, '\xff'));
  filled.insert(filled.size() - 2, "\xff\xff");  // before EOI
  EXPECT_TRUE(images_agree(decode_image(filled).pixels, decode_image(plain).pixels));
}

struct BadJpeg {
  const char* name;
  std::size_t offset;  // from the frame header's marker
  std::string bytes;
  ErrorCode code;
  const char* got;
};

const BadJpeg kBadJpegs[] = {
    {"jpeg_ls", 1, "\xf7", ErrorCode::unsupported_format, "JPEG-LS"},
    {"lossless", 1, "\xc3", ErrorCode::unsupported_format, "lossless"},
    {"hierarchical", 1, "\xc5", ErrorCode::unsupported_format, "hierarchical"},
    {"twelve_bits", 4, "\x0c", ErrorCode::unsupported_format, "12 bits"},
    {"rows_doubled", 5, std::string("\0\x50", 2), ErrorCode::corrupt_image, "missing"},
    {"columns_doubled", 7, std::string("\0\x70", 2), ErrorCode::corrupt_image, "missing"},
};

class BadJpegTest : public testing::TestWithParam<BadJpeg> {};

TEST_P(BadJpegTest, IsRefusedByName) {
  std::string jpeg = encoded(".jpg", drawn_picture(40, 56));
  jpeg.replace(frame_header(jpeg) + GetParam().offset, GetParam().bytes.size(), GetParam().bytes);
  const Caught result = caught([&] { decode_image(jpeg); });
  EXPECT_EQ(result.code, GetParam().code) << result.message;
  EXPECT_NE(result.message.find(GetParam().got), std::string::npos) << result.message;
}

INSTANTIATE_TEST_SUITE_P(Files, BadJpegTest, testing::ValuesIn(kBadJpegs),
                         [](const auto& row) { return std::string(row.param.name); });

// A classic TIFF with the numbers of one tag replaced, in place.
std::string with_tiff_tag(std::string tiff, int tag, uint32_t value) {
  const bool is_big = tiff[0] == 'M';
  const auto number = [&](std::size_t place, std::size_t bytes) {
    uint32_t result = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      const auto byte = static_cast<uint8_t>(tiff.at(is_big ? place + i : place + bytes - 1 - i));
      result = result << 8 | byte;
    }
    return result;
  };
  const std::size_t directory = number(4, 4);
  for (std::size_t i = 0; i < number(directory, 2); ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (static_cast<int>(number(entry, 2)) != tag) continue;
    const std::size_t bytes = number(entry + 2, 2) == 3 ? 2 : 4;
    for (std::size_t byte = 0; byte < bytes; ++byte) {
      const std::size_t place = is_big ? entry + 8 + bytes - 1 - byte : entry + 8 + byte;
      tiff.at(place) = static_cast<char>(value >> (8 * byte) & 0xFF);
    }
    return tiff;
  }
  ADD_FAILURE() << "no tag " << tag;
  return tiff;
}

struct BadTiff {
  const char* name;
  const char* file;
  std::vector<std::pair<int, uint32_t>> tags;
  ErrorCode code;
  const char* got;
};

constexpr int kRows = 257, kBits = 258, kCompression = 259, kColours = 262, kStripRows = 278,
              kTileWidth = 322, kTileBytes = 325, kFormat = 339;

const BadTiff kBadTiffs[] = {
    {"rows_doubled",
     "deep_big_endian.tif",
     {{kRows, 70}, {kStripRows, 70}},
     ErrorCode::corrupt_image,
     "missing"},
    {"rows_doubled_8_bit",
     "min_is_white.tif",
     {{kRows, 70}, {kStripRows, 70}},
     ErrorCode::corrupt_image,
     "missing"},
    {"rows_doubled_lzw",
     "lzw.tif",
     {{kRows, 70}, {kStripRows, 70}},
     ErrorCode::corrupt_image,
     "missing"},
    {"rows_without_strips", "counts.tif", {{kRows, 70}}, ErrorCode::corrupt_image, "missing"},
    {"rows_without_tiles", "deep_tiled.tif", {{kRows, 70}}, ErrorCode::corrupt_image, "missing"},
    {"tile_of_4_gigapixels",
     "deep_tiled.tif",
     {{kTileWidth, 0x40000000}},
     ErrorCode::corrupt_image,
     "missing"},
    {"jpeg_2000",
     "counts.tif",
     {{kCompression, 34712}},
     ErrorCode::unsupported_format,
     "JPEG 2000"},
    {"unknown_compression",
     "counts.tif",
     {{kCompression, 4711}},
     ErrorCode::unsupported_format,
     "number 4711"},
    {"jpeg_of_12_bits", "twelve_bit.tif", {{kCompression, 7}}, ErrorCode::unsupported_format, "12"},
    {"bits_32", "counts.tif", {{kBits, 32}}, ErrorCode::unsupported_format, "32"},
    {"bits_3", "min_is_white.tif", {{kBits, 3}}, ErrorCode::unsupported_format, "3"},
    {"floating_point",
     "counts.tif",
     {{kFormat, 3}},
     ErrorCode::unsupported_format,
     "floating-point"},
    {"complex", "counts.tif", {{kFormat, 6}}, ErrorCode::unsupported_format, "complex"},
    {"signed_8_bit", "tiled.tif", {{kFormat, 2}}, ErrorCode::unsupported_format, "signed"},
    {"cie_lab", "counts.tif", {{kColours, 8}}, ErrorCode::unsupported_format, "colour model"},
    {"deep_mask", "counts.tif", {{kColours, 4}}, ErrorCode::unsupported_format, "arrangement"},
};

class BadTiffTest : public testing::TestWithParam<BadTiff> {};

TEST_P(BadTiffTest, IsRefusedByName) {
  std::string tiff = test_file(std::string("raster/") + GetParam().file);
  for (const auto& [tag, value] : GetParam().tags) tiff = with_tiff_tag(tiff, tag, value);
  const Caught result = caught([&] { decode_image(tiff); });
  EXPECT_EQ(result.code, GetParam().code) << result.message;
  EXPECT_NE(result.message.find(GetParam().got), std::string::npos) << result.message;
}

INSTANTIATE_TEST_SUITE_P(Files, BadTiffTest, testing::ValuesIn(kBadTiffs),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace cxrnet::imaging
