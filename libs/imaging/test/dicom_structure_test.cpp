// The outline of DICOM files: what decides that it is one, what may follow the data set, and what
// is bounded before DCMTK or a decoder trusts it.
#include <zlib.h>

#include <string>

#include "cxrnet/imaging/dicom.h"
#include "dicom/structure.h"
#include "dicom_bytes.h"
#include "dicom_files.h"
#include "error_matchers.h"

namespace cxrnet::imaging {
namespace {

using namespace std::string_literals;

const Writer kExplicit{};
const Writer kImplicit{.is_explicit = false};
const Writer kBigEndian{.is_big = true};

std::string deflated(const std::string& data_set) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string result(deflateBound(&stream, data_set.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data_set.data()));
  stream.avail_in = static_cast<uInt>(data_set.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

cv::Mat built_picture() {
  cv::Mat picture(kBuiltSide, kBuiltSide, CV_8UC1);
  for (int row = 0; row < kBuiltSide; ++row)
    for (int column = 0; column < kBuiltSide; ++column)
      picture.at<uint8_t>(row, column) = static_cast<uint8_t>(built_grey(row, column));
  cv::Mat shown;  // no window: black at the smallest, white at the largest value
  picture.convertTo(shown, CV_8U, 255.0 / built_grey(kBuiltSide - 1, kBuiltSide - 1));
  return shown;
}

// --- which format, and what follows
// -----------------------------------------------------------------

struct Readable {
  std::string name;
  std::string bytes;
};

std::vector<Readable> readable_files() {
  std::vector<Readable> rows;
  const std::string data_set = built_data_set(kExplicit);
  const std::pair<const char*, std::string> preambles[] = {
      {"little_endian_tiff", "II*\0\x08\0\0\0"s},
      {"big_endian_tiff", "MM\0*\0\0\0\x08"s},
      {"big_tiff", "II+\0\x08\0\0\0"s},
      {"bmp", "BM\x36\x10\0\0"s},
      {"jpeg", "\xFF\xD8\xFF\xE0\0\x10JFIF"s},
      {"png", "\x89PNG\r\n\x1A\n"s},
      {"pdf", "%PDF-1.4"s},
      {"zip", "PK\x03\x04"s}};
  for (const auto& [name, begin] : preambles)
    rows.push_back({"preamble_of_"s + name, built_file(kExplicitUid, data_set, begin)});
  const std::pair<const char*, std::string> files[] = {
      {"explicit", built_file(kExplicitUid, data_set)},
      {"implicit", built_file(kImplicitUid, built_data_set(kImplicit))},
      {"big_endian", built_file(kBigEndianUid, built_data_set(kBigEndian))},
      {"deflated", built_file(kDeflatedUid, deflated(data_set))},
      {"bare", data_set}};
  for (const auto& [name, bytes] : files) {
    rows.push_back({name, bytes});
    for (std::size_t count = 1; count <= 7; ++count) {
      rows.push_back(
          {name + "_and_zeros_"s + std::to_string(count), bytes + std::string(count, '\0')});
      rows.push_back(
          {name + "_and_text_"s + std::to_string(count), bytes + "\r\nabcde"s.substr(0, count)});
      rows.push_back(
          {name + "_and_ff_"s + std::to_string(count), bytes + std::string(count, '\xFF')});
    }
    rows.push_back({name + "_filled_up_with_zeros"s, bytes + std::string(1000, '\0')});
  }
  rows.push_back(
      {"line_feed_within_deflated", built_file(kDeflatedUid, deflated(data_set + "\n"))});
  rows.push_back(
      {"without_transfer_syntax", std::string(128, '\0') + "DICM" + built_data_set(kImplicit)});
  rows.push_back({"implicit_called_explicit", built_file(kExplicitUid, built_data_set(kImplicit))});
  rows.push_back({"explicit_called_implicit", built_file(kImplicitUid, built_data_set(kExplicit))});
  rows.push_back({"padding_element",
                  built_file(kExplicitUid, data_set + kExplicit.element(0xFFFCFFFC, "OB",
                                                                        std::string(50, '\0')))});
  return rows;
}

class ReadableDicom : public testing::TestWithParam<Readable> {};

TEST_P(ReadableDicom, ShowsItsPicture) {
  const GreyImage image = decode_image(GetParam().bytes);
  EXPECT_EQ(image.format, "dicom");
  EXPECT_TRUE(images_agree(image.pixels, built_picture(), 1));
}

INSTANTIATE_TEST_SUITE_P(Files, ReadableDicom, testing::ValuesIn(readable_files()),
                         [](const auto& row) { return row.param.name; });

TEST(ReadableDicom, StrayBytesMayFollowCompressedPixels) {
  for (const char* name : {"jpeg_lossless", "jpeg_ls", "jpeg_2000", "rle"}) {
    const std::string tail = "\0\n\xFF"s;
    EXPECT_TRUE(images_agree(decode_image(dicom_file(name) + tail).pixels,
                             decode_image(dicom_file(name)).pixels))
        << name;
  }
}

// --- sequences in sequences
// --------------------------------------------------------------------------

struct Nesting {
  const char* name;
  std::string_view uid;
  Writer write;
  uint32_t tag;
  const char* vr;
  bool is_defined;
  Writer within = {};  // what the content of UN is written with
};

const Nesting kNestings[] = {
    {"open", kExplicitUid, kExplicit, 0x00081140, "SQ", false, kExplicit},
    {"defined", kExplicitUid, kExplicit, 0x00081140, "SQ", true, kExplicit},
    {"private_open", kExplicitUid, kExplicit, 0x00091001, "SQ", false, kExplicit},
    {"private_defined", kExplicitUid, kExplicit, 0x00091001, "SQ", true, kExplicit},
    {"unknown_open", kExplicitUid, kExplicit, 0x00091001, "UN", false, kImplicit},
    {"unknown_vr_open", kExplicitUid, kExplicit, 0x00091001, "ZZ", false, kImplicit},
    {"implicit_open", kImplicitUid, kImplicit, 0x00081140, "SQ", false, kImplicit},
    {"implicit_defined", kImplicitUid, kImplicit, 0x00081140, "SQ", true, kImplicit},
    {"implicit_private_open", kImplicitUid, kImplicit, 0x00091001, "SQ", false, kImplicit},
    {"implicit_private_defined", kImplicitUid, kImplicit, 0x00091001, "SQ", true, kImplicit},
    {"big_endian_open", kBigEndianUid, kBigEndian, 0x00081140, "SQ", false, kBigEndian},
    {"big_endian_defined", kBigEndianUid, kBigEndian, 0x00081140, "SQ", true, kBigEndian},
    {"deflated_open", kDeflatedUid, kExplicit, 0x00081140, "SQ", false, kExplicit},
    {"deflated_defined", kDeflatedUid, kExplicit, 0x00081140, "SQ", true, kExplicit},
};

std::string nested_file(const Nesting& nesting, std::size_t depth) {
  std::string content;
  for (std::size_t level = 1; level < depth; ++level)
    content = nesting.within.sequence(nesting.tag, nesting.vr, content, nesting.is_defined);
  content = nesting.write.sequence(nesting.tag, nesting.vr, content, nesting.is_defined);
  const std::string data_set = built_data_set(nesting.write, content);
  return built_file(nesting.uid, nesting.uid == kDeflatedUid ? deflated(data_set) : data_set);
}

class NestedDicom : public testing::TestWithParam<Nesting> {};

TEST_P(NestedDicom, IsReadToADepthThatDcmtkSurvives) {
  EXPECT_EQ(decode_image(nested_file(GetParam(), 20)).format, "dicom");
  EXPECT_EQ(decode_image(nested_file(GetParam(), kMaxSequenceDepth)).format, "dicom");
  for (const std::size_t depth : {kMaxSequenceDepth + 1, std::size_t{6000}}) {
    const Caught result = caught([&] { decode_image(nested_file(GetParam(), depth)); });
    EXPECT_EQ(result.code, ErrorCode::corrupt_image) << depth;
    EXPECT_NE(result.message.find("sequences in each other"), std::string::npos) << result.message;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, NestedDicom, testing::ValuesIn(kNestings),
                         [](const auto& row) { return row.param.name; });

TEST(NestedDicom, MetaHeaderHoldsNoOpenSequence) {
  std::string meta;
  for (int level = 0; level < 6000; ++level)
    meta = kExplicit.sequence(0x00020102, "SQ", meta, false);
  const std::string file = built_file(kExplicitUid, meta + built_data_set(kExplicit));
  EXPECT_EQ(caught([&] { decode_image(file); }).code, ErrorCode::corrupt_image);
}

TEST(NestedDicom, PrivateBytesThatOnlyBeginLikeASequenceAreNone) {
  const std::string value = kImplicit.tag(0xFFFEE000) + "\xFF\x00\x00\x00 no item"s;
  const std::string file = built_file(
      kImplicitUid, built_data_set(kImplicit, kImplicit.element(0x00091001, "UN", value)));
  EXPECT_EQ(decode_image(file).format, "dicom");
}

TEST(NestedDicom, CountOfElementsIsBounded) {
  std::string items = kExplicit.header(0x00081140, "SQ", kOpenEnd);
  for (std::size_t i = 0; i <= kMaxElements; ++i)
    items += kExplicit.tag(0xFFFEE000) + kExplicit.number(0, 4);
  items += kExplicit.tag(0xFFFEE0DD) + kExplicit.number(0, 4);
  const std::string file = built_file(kExplicitUid, built_data_set(kExplicit, items));
  EXPECT_NE(caught([&] { decode_image(file); }).message.find("elements"), std::string::npos);
}

// --- deflated data sets
// ------------------------------------------------------------------------------

// What is refused before it is inflated whole never meets the damage at its end.
std::string inflating(const std::string& data_set) {
  std::string stream = deflated(data_set);
  return built_file(kDeflatedUid, stream.replace(stream.size() - 4, 4, "\xFF\xFF\xFF\xFF"));
}

struct Inflating {
  const char* name;
  std::string bytes;
  const char* message;
  ErrorCode code = ErrorCode::corrupt_image;
};

std::vector<Inflating> inflating_files() {
  const std::string zeros(20 << 20, '\0');
  const std::string huge = kExplicit.element(0x00091001, "OB", zeros);
  const std::string large_rows = kExplicit.us(0x00280010, 60000) + kExplicit.us(0x00280011, 60000);
  std::string many;
  for (int i = 0; i < 20; ++i)
    many += kExplicit.element(0x00090000U + 0x1000U + static_cast<uint32_t>(i), "OB",
                              std::string(1 << 20, '\0'));
  return {
      {"one_huge_element", inflating(built_data_set(kExplicit, huge)), "beside its pixels"},
      {"many_large_elements", inflating(built_data_set(kExplicit, many)), "beside its pixels"},
      {"huge_pixels", inflating(built_data_set(kExplicit) + huge), "rows and columns"},
      {"huge_rows_and_columns", inflating(large_rows + kExplicit.element(0x7FE00010, "OB", zeros)),
       "at most 100000000", ErrorCode::image_too_large},
  };
}

class InflatingDicom : public testing::TestWithParam<Inflating> {};

TEST_P(InflatingDicom, IsRefusedBeforeItsMemoryIsTaken) {
  const Caught result = caught([&] { decode_image(GetParam().bytes); });
  EXPECT_EQ(result.code, GetParam().code);
  EXPECT_NE(result.message.find(GetParam().message), std::string::npos) << result.message;
}

INSTANTIATE_TEST_SUITE_P(Files, InflatingDicom, testing::ValuesIn(inflating_files()),
                         [](const auto& row) { return row.param.name; });

TEST(InflatingDicom, TruncatedStreamIsRefused) {
  const std::string file = built_file(kDeflatedUid, deflated(built_data_set(kExplicit)));
  for (std::size_t cut = 1; cut < 200; cut += 7) {
    EXPECT_EQ(caught([&] { decode_image(file.substr(0, file.size() - cut)); }).code,
              ErrorCode::corrupt_image)
        << cut;
  }
}

// --- truncation
// --------------------------------------------------------------------------------------

TEST(TruncatedDicom, IsRefusedHoweverFewBytesAreMissing) {
  for (const auto& file : {built_file(kExplicitUid, built_data_set(kExplicit)),
                           built_file(kImplicitUid, built_data_set(kImplicit)),
                           built_file(kBigEndianUid, built_data_set(kBigEndian))}) {
    for (std::size_t cut = 1; cut < file.size(); cut += cut < 32 ? 1 : 61) {
      EXPECT_TRUE(caught([&] { decode_image(file.substr(0, file.size() - cut)); }).code) << cut;
    }
  }
}

TEST(TruncatedDicom, RestOfAnElementIsNoTail) {
  const std::string file =
      built_file(kExplicitUid, built_data_set(kExplicit)) + "garbage that is long";
  EXPECT_EQ(caught([&] { decode_image(file); }).code, ErrorCode::corrupt_image);
}

}  // namespace
}  // namespace cxrnet::imaging
