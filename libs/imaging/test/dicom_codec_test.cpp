// Compressed and colour pixels against what went into the encoder or what Pillow decodes
// (tools/golden/dicom_codecs.py), and codestreams that contradict their data set.
#include <dcmtk/config/osconfig.h>
// After osconfig.h.
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include <string>

#include "cxrnet/imaging/dicom.h"
#include "dicom_files.h"
#include "error_matchers.h"

namespace cxrnet::imaging {
namespace {

using namespace std::string_literals;

struct Decoded {
  const char* file;
  const char* expected;
  int tolerance = 0;
  bool has_colour = false;
};

constexpr int kTwoDecoders = 2;  // of one lossy stream
constexpr bool kColour = true;

const Decoded kDecoded[] = {
    {"jpeg_lossless_eight_in_sixteen", "grey"},
    {"jpeg_ls_eight_in_sixteen", "grey"},
    {"rle_eight_in_sixteen", "grey"},
    {"jpeg_2000_eight_in_sixteen", "grey"},
    {"jpeg_eight_in_sixteen", "jpeg_grey", kTwoDecoders},
    {"jpeg_eight_of_twelve", "jpeg_grey", kTwoDecoders},
    {"jpeg", "jpeg_grey", kTwoDecoders},
    {"jpeg_progressive", "jpeg_grey", kTwoDecoders},
    {"jpeg_fill_bytes", "jpeg_grey", kTwoDecoders},
    {"jpeg_stray_bytes", "jpeg_grey", kTwoDecoders},
    {"jpeg_wrong_selection", "jpeg_grey", kTwoDecoders},
    {"grey_padded", "grey"},
    {"jpeg_lossless_fill_bytes", "grey"},
    {"jpeg_ls_fill_bytes", "grey"},
    {"jp2_boxes", "grey"},
    {"rgb", "luma", 0, kColour},
    {"rgb_planes", "luma", 0, kColour},
    {"grey_as_rgb", "grey", 0, kColour},
    {"ybr_full", "grey", 0, kColour},
    {"ybr_full_422", "grey", 0, kColour},
    {"jpeg_lossless_rgb", "luma", 0, kColour},
    {"jpeg_ls_rgb", "luma", 0, kColour},
    {"rle_rgb", "luma", 0, kColour},
    {"jpeg_ybr_full_422", "jpeg_luma", kTwoDecoders, kColour},
    {"jpeg_ybr_full", "jpeg_luma", kTwoDecoders, kColour},
    {"jpeg_ybr_called_rgb", "jpeg_luma", kTwoDecoders, kColour},
    {"jpeg_grey_as_ybr", "jpeg_grey", kTwoDecoders, kColour},
    {"jpeg_2000_ybr_rct", "luma", 0, kColour},
    {"jpeg_2000_ybr_ict", "luma", kTwoDecoders, kColour},
    {"jpeg_2000_rgb", "luma", 0, kColour},
    {"jpeg_2000_rct_called_ybr_full", "luma", 0, kColour},
};

// Grey files have no window: black and white are their smallest and largest values.
cv::Mat as_shown(const cv::Mat& stored, bool has_colour) {
  if (has_colour) return stored;
  double low = 0, high = 0;
  cv::minMaxLoc(stored, &low, &high);
  cv::Mat shown;
  stored.convertTo(shown, CV_8U, 255.0 / (high - low), -255.0 * low / (high - low));
  return shown;
}

class DecodedDicom : public testing::TestWithParam<Decoded> {};

TEST_P(DecodedDicom, ShowsWhatWasEncoded) {
  const Decoded& row = GetParam();
  const GreyImage image = decode_image(codec_file(row.file));
  const cv::Mat expected = read_pgm("dicom_codec/"s + row.expected + ".pgm");
  EXPECT_TRUE(images_agree(image.pixels, as_shown(expected, row.has_colour),
                           row.tolerance + (row.has_colour ? 0 : 1)));
  EXPECT_EQ(image.was_colour, row.has_colour);
  EXPECT_EQ(image.stored_bits, 8);
}

INSTANTIATE_TEST_SUITE_P(Files, DecodedDicom, testing::ValuesIn(kDecoded),
                         [](const auto& row) { return std::string(row.param.file); });

// --- what data set and codestream say must be one and the same
// ------------------------------------------

struct Change {
  const char* name;
  DcmTagKey tag;
  int value;
};

const Change kChanges[] = {{"rows_doubled", DCM_Rows, 76},     {"rows_fewer", DCM_Rows, 36},
                           {"one_row_more", DCM_Rows, 39},     {"columns_fewer", DCM_Columns, 40},
                           {"columns_more", DCM_Columns, 43},  {"columns_doubled", DCM_Columns, 84},
                           {"samples", DCM_SamplesPerPixel, 3}};

class ContradictedDicom : public testing::TestWithParam<Change> {};

TEST_P(ContradictedDicom, IsRefusedWithEveryCodec) {
  for (const char* name : {"grey", "jpeg", "jpeg_lossless", "jpeg_ls", "rle", "jp2_boxes",
                           "jpeg_2000_eight_in_sixteen", "jpeg_progressive"}) {
    const std::string bytes = file_with_number(codec_file(name), GetParam().tag, GetParam().value);
    EXPECT_EQ(caught([&] { decode_image(bytes); }).code, ErrorCode::corrupt_image) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Changes, ContradictedDicom, testing::ValuesIn(kChanges),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ContradictedDicom, ColourStreamsAreNotGrey) {
  for (const char* name : {"jpeg_ybr_full", "jpeg_lossless_rgb", "jpeg_ls_rgb", "rle_rgb",
                           "jpeg_2000_ybr_rct", "rgb"}) {
    const std::string bytes = file_with_number(codec_file(name), DCM_SamplesPerPixel, 1);
    EXPECT_EQ(caught([&] { decode_image(bytes); }).code, ErrorCode::corrupt_image) << name;
  }
}

TEST(ContradictedDicom, StreamsOfMoreBitsThanAllocatedAreRefused) {
  for (const char* name : {"jpeg_lossless", "jpeg_ls", "rle", "jpeg_2000"}) {
    const std::string bytes = edited(dicom_file(name), [](DcmFileFormat& file) {
      file.getDataset()->putAndInsertUint16(DCM_BitsAllocated, 8);
      file.getDataset()->putAndInsertUint16(DCM_BitsStored, 8);
      file.getDataset()->putAndInsertUint16(DCM_HighBit, 7);
    });
    EXPECT_EQ(caught([&] { decode_image(bytes); }).code, ErrorCode::corrupt_image) << name;
  }
}

// Upper bits must not be cut off; a stream that only could hold more is read.
TEST(ContradictedDicom, ValuesOfMoreBitsThanStoredAreRefused) {
  for (const char* name : {"jpeg_lossless", "jpeg_ls", "jpeg_2000"}) {
    const auto with_bits = [&](int bits) {
      return edited(dicom_file(name), [&](DcmFileFormat& file) {
        file.getDataset()->putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(bits));
        file.getDataset()->putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(bits - 1));
      });
    };
    EXPECT_EQ(caught([&] { decode_image(with_bits(9)); }).code, ErrorCode::corrupt_image) << name;
    EXPECT_NO_THROW(decode_image(with_bits(12))) << name;
  }
}

// Both say twice the rows; the data are of half of them, and no decoder may make up the rest. (A
// JPEG 2000 stream that is changed so has no such halves: all of it decodes to something else.)
struct Doubled {
  const char* file;
  const char* marker;  // of the frame header
};

const Doubled kDoubled[] = {{"jpeg", "\xFF\xC0"},
                            {"jpeg_progressive", "\xFF\xC2"},
                            {"jpeg_lossless", "\xFF\xC3"},
                            {"jpeg_ls", "\xFF\xF7"}};

class DoubledDicom : public testing::TestWithParam<Doubled> {};

TEST_P(DoubledDicom, NothingIsMadeUp) {
  std::string bytes = file_with_number(codec_file(GetParam().file), DCM_Rows, 76);
  const auto frame = bytes.find(GetParam().marker);
  ASSERT_NE(frame, std::string::npos);
  constexpr std::size_t kRows = 6;  // to the lower byte of the height
  ASSERT_EQ(bytes.at(frame + kRows), 38);
  bytes.at(frame + kRows) = 76;
  EXPECT_EQ(caught([&] { decode_image(bytes); }).code, ErrorCode::corrupt_image);
}

INSTANTIATE_TEST_SUITE_P(Codecs, DoubledDicom, testing::ValuesIn(kDoubled),
                         [](const auto& row) { return std::string(row.param.file); });

TEST(DamagedDicom, HolesInTheDataAreNotFilled) {
  for (const char* name : {"jpeg", "jpeg_progressive", "jpeg_lossless"}) {
    std::string bytes = codec_file(name);
    const auto end = bytes.rfind("\xFF\xD9");
    bytes.replace(end - 60, 2, "\xFF\xD9");  // the end of the picture comes early
    EXPECT_EQ(caught([&] { decode_image(bytes); }).code, ErrorCode::corrupt_image) << name;
  }
}

// --- one frame
// -------------------------------------------------------------------------------------------

DcmPixelSequence* fragments_of(DcmFileFormat& file) {
  DcmElement* element = nullptr;
  file.getDataset()->findAndGetElement(DCM_PixelData, element);
  DcmPixelSequence* sequence = nullptr;
  auto& pixels = dynamic_cast<DcmPixelData&>(*element);
  EXPECT_TRUE(
      pixels.getEncapsulatedRepresentation(file.getDataset()->getOriginalXfer(), nullptr, sequence)
          .good());
  return sequence;
}

std::string with_second_frame(const std::string& name) {
  return edited(codec_file(name), [](DcmFileFormat& file) {
    DcmPixelSequence* sequence = fragments_of(file);
    DcmPixelItem* first = nullptr;
    sequence->getItem(first, 1);
    sequence->insert(new DcmPixelItem(*first));
  });
}

TEST(FramesOfDicom, SecondOneIsNoticedWithoutNumberOfFrames) {
  for (const char* name : {"jpeg", "jpeg_lossless", "jpeg_ls", "jpeg_2000_eight_in_sixteen", "rle"})
    EXPECT_EQ(caught([&] { decode_image(with_second_frame(name)); }).code, ErrorCode::multi_frame)
        << name;
}

TEST(FramesOfDicom, OffsetTableOfTwoIsNoticed) {
  const std::string bytes = edited(codec_file("jpeg_lossless"), [](DcmFileFormat& file) {
    DcmPixelItem* table = nullptr;
    fragments_of(file)->getItem(table, 0);
    const Uint8 offsets[8] = {};
    table->putUint8Array(offsets, sizeof offsets);
  });
  EXPECT_EQ(caught([&] { decode_image(bytes); }).code, ErrorCode::multi_frame);
}

TEST(FramesOfDicom, OneMayLieInSeveralFragments) {
  const std::string bytes = edited(codec_file("jpeg_lossless"), [](DcmFileFormat& file) {
    DcmPixelSequence* sequence = fragments_of(file);
    DcmPixelItem* whole = nullptr;
    Uint8* data = nullptr;
    sequence->getItem(whole, 1);
    whole->getUint8Array(data);
    const std::string stream(reinterpret_cast<const char*>(data), whole->getLength());
    const std::string parts[] = {stream.substr(0, 10), stream.substr(10)};
    sequence->remove(whole);
    delete whole;
    for (const std::string& part : parts) {
      auto* fragment = new DcmPixelItem(DcmTag(DCM_Item, EVR_OB));
      fragment->putUint8Array(reinterpret_cast<const Uint8*>(part.data()), part.size());
      sequence->insert(fragment);
    }
  });
  EXPECT_TRUE(
      images_agree(decode_image(bytes).pixels, decode_image(codec_file("jpeg_lossless")).pixels));
}

TEST(ColourOfDicom, UnknownModelsAreRefused) {
  const std::string bytes =
      file_with_text(codec_file("rgb"), DCM_PhotometricInterpretation, "YBR_PARTIAL_420");
  EXPECT_EQ(caught([&] { decode_image(bytes); }).code, ErrorCode::unsupported_colour);
}

}  // namespace
}  // namespace cxrnet::imaging
