// DICOM files against pydicom's pictures, and the objects that are refused.
#include "cxrnet/imaging/dicom.h"

#include <algorithm>

#include "cxrnet/core/random.h"
#include "dicom_files.h"
#include "error_matchers.h"

// After osconfig.h.
#include <dcmtk/dcmdata/dcuid.h>

namespace cxrnet::imaging {
namespace {

struct Golden {
  const char* file;
  const char* expected;
  int stored_bits;
  int tolerance = 1;  // levels of 65535: rounding
  bool inverted = false;
};

constexpr int kLossy = 2 * 257;  // two decoders of JPEG, in levels of 65535

const Golden kGoldens[] = {
    {"twelve_bit_linear", "twelve_bit_linear", 12},
    {"monochrome1", "monochrome1", 12, 1, true},
    {"signed_rescaled_linear_exact", "signed_rescaled_linear_exact", 16},
    {"sigmoid", "sigmoid", 10},
    {"two_windows", "two_windows", 12},
    {"shifted_bits_with_overlay", "shifted_bits_with_overlay", 12},
    {"eight_bit", "eight_bit", 8},
    {"signed_without_voi", "signed_without_voi", 12},
    {"padding_range_monochrome1", "padding_range_monochrome1", 12, 1, true},
    {"modality_lut", "modality_lut", 8},
    {"voi_lut", "voi_lut", 8},
    {"big_endian", "twelve_bit_linear", 12},
    {"implicit", "twelve_bit_linear", 12},
    {"deflated", "twelve_bit_linear", 12},
    {"without_preamble", "twelve_bit_linear", 12},
    {"rle", "twelve_bit_linear", 12},
    {"jpeg_lossless", "twelve_bit_linear", 12},
    {"jpeg_ls", "twelve_bit_linear", 12},
    {"jpeg_baseline", "jpeg_baseline", 8, kLossy},
    {"jpeg_2000", "twelve_bit_linear", 12},
    {"jpeg_2000_signed", "signed_rescaled_linear_exact", 16},
    {"jpeg_2000_eight_bit", "eight_bit", 8},
    {"rgb_secondary_capture", "rgb_secondary_capture", 8, 257},
    {"palette", "palette", 8, 257},
};

class GoldenDicom : public testing::TestWithParam<Golden> {};

TEST_P(GoldenDicom, ShowsWhatPydicomShows) {
  const Golden& golden = GetParam();
  const GreyImage image = decode_image(dicom_file(golden.file));
  cv::Mat expected = read_pgm(std::string("dicom/") + golden.expected + ".pgm");
  int tolerance = golden.tolerance;
  if (golden.stored_bits <= 8) {
    expected.convertTo(expected, CV_8U, 1.0 / 257.0);
    tolerance = std::max(1, tolerance / 257);
  }
  EXPECT_TRUE(images_agree(image.pixels, expected, tolerance));
  EXPECT_EQ(image.format, "dicom");
  EXPECT_EQ(image.stored_bits, golden.stored_bits);
  EXPECT_EQ(image.inverted, golden.inverted);
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenDicom, testing::ValuesIn(kGoldens),
                         [](const auto& row) { return std::string(row.param.file); });

std::string with_text(const DcmTagKey& tag, const char* value) {
  return file_with_text(dicom_file("twelve_bit_linear"), tag, value);
}

std::string with_number(const DcmTagKey& tag, Uint16 value) {
  return file_with_number(dicom_file("twelve_bit_linear"), tag, value);
}

std::string without(const DcmTagKey& tag) {
  return file_without(dicom_file("twelve_bit_linear"), tag);
}

std::string with_pixels_encrypted() {
  return edited(dicom_file("twelve_bit_linear"), [](DcmFileFormat& file) {
    DcmItem* item = nullptr;
    file.getDataset()->findOrCreateSequenceItem(DCM_EncryptedAttributesSequence, item);
    item->putAndInsertString(DCM_EncryptedContentTransferSyntaxUID,
                             UID_LittleEndianImplicitTransferSyntax);
    file.getDataset()->findAndDeleteElement(DCM_PixelData);
  });
}

// Another transfer syntax of the same length in the meta header.
std::string with_transfer_syntax(const std::string& uid) {
  const std::string lossless = "1.2.840.10008.1.2.4.80";  // JPEG-LS
  std::string bytes = dicom_file("jpeg_ls");
  EXPECT_EQ(uid.size(), lossless.size());
  return bytes.replace(bytes.find(lossless), uid.size(), uid);
}

std::string shortened(const std::string& name, std::size_t by) {
  const std::string bytes = dicom_file(name);
  return bytes.substr(0, bytes.size() - by);
}

// jpeg_lossless.dcm with another second byte in the marker at `offset` of its JPEG stream.
std::string with_jpeg_marker(std::size_t offset, unsigned char marker) {
  std::string bytes = dicom_file("jpeg_lossless");
  const auto stream = bytes.find("\xFF\xD8\xFF");
  bytes.at(stream + offset + 1) = static_cast<char>(marker);
  return bytes;
}
std::string with_jpeg_start(unsigned char marker) { return with_jpeg_marker(0, marker); }
std::string with_first_jpeg_marker(unsigned char marker) { return with_jpeg_marker(2, marker); }

struct BadInput {
  const char* name;
  std::string bytes;
  ErrorCode code;
};

std::vector<BadInput> bad_inputs() {
  return {
      {"secondary_capture_of_unknown_origin",
       edited(dicom_file("rgb_secondary_capture"),
              [](DcmFileFormat& file) { file.getDataset()->findAndDeleteElement(DCM_Modality); }),
       ErrorCode::wrong_modality},
      {"multi_frame", with_text(DCM_NumberOfFrames, "12"), ErrorCode::multi_frame},
      {"encrypted", with_pixels_encrypted(), ErrorCode::encrypted},
      {"without_pixels", without(DCM_PixelData), ErrorCode::no_pixels},
      {"jpeg_2000_part_2", with_transfer_syntax("1.2.840.10008.1.2.4.92"),
       ErrorCode::unsupported_transfer_syntax},
      {"unknown_transfer_syntax", with_transfer_syntax("1.2.840.10008.1.2.9.99"),
       ErrorCode::unsupported_transfer_syntax},
      {"without_rows", without(DCM_Rows), ErrorCode::corrupt_image},
      {"more_rows_than_pixels", with_number(DCM_Rows, 40), ErrorCode::corrupt_image},
      {"stored_bits_above_allocated", with_number(DCM_BitsStored, 17), ErrorCode::corrupt_image},
      {"thirty_two_bits", with_number(DCM_BitsAllocated, 32), ErrorCode::unsupported_format},
      {"one_row", with_number(DCM_Rows, 1), ErrorCode::image_too_small},
      {"size_20000x20000",
       edited(dicom_file("twelve_bit_linear"),
              [](DcmFileFormat& file) {
                file.getDataset()->putAndInsertUint16(DCM_Rows, 20000);
                file.getDataset()->putAndInsertUint16(DCM_Columns, 20000);
              }),
       ErrorCode::image_too_large},
      {"truncated_header", dicom_file("twelve_bit_linear").substr(0, 300),
       ErrorCode::corrupt_image},
      {"truncated_pixels", shortened("twelve_bit_linear", 500), ErrorCode::corrupt_image},
      {"truncated_rle", shortened("rle", 500), ErrorCode::corrupt_image},
      {"truncated_jpeg_lossless", shortened("jpeg_lossless", 500), ErrorCode::corrupt_image},
      {"truncated_jpeg_2000", shortened("jpeg_2000", 500), ErrorCode::corrupt_image},
      {"jpeg_marker_that_dcmtk_never_leaves", with_first_jpeg_marker(0x01),
       ErrorCode::corrupt_image},
      {"jpeg_without_start", with_jpeg_start(0x01), ErrorCode::corrupt_image},
      {"jpeg_scan_before_its_frame", with_first_jpeg_marker(0xDA), ErrorCode::corrupt_image},
      {"one_value",
       edited(dicom_file("eight_bit"),
              [](DcmFileFormat& file) {
                const std::vector<Uint8> pixels(37 * 41 + 1, 9);
                file.getDataset()->putAndInsertUint8Array(DCM_PixelData, pixels.data(),
                                                          pixels.size());
              }),
       ErrorCode::no_contrast},
  };
}

class BadDicom : public testing::TestWithParam<BadInput> {};

TEST_P(BadDicom, IsRefusedWithItsReason) {
  const Caught result = caught([&] { decode_image(GetParam().bytes); });
  EXPECT_EQ(result.code, GetParam().code) << result.message;
}

INSTANTIATE_TEST_SUITE_P(Inputs, BadDicom, testing::ValuesIn(bad_inputs()),
                         [](const auto& row) { return std::string(row.param.name); });

struct GoodEdit {
  const char* name;
  std::string bytes;
};

std::vector<GoodEdit> good_edits() {
  return {
      {"unchanged", edited(dicom_file("twelve_bit_linear"), [](DcmFileFormat&) {})},
      {"without_modality", without(DCM_Modality)},
      {"one_frame", with_text(DCM_NumberOfFrames, "1")},
      {"rescale_slope_0", with_text(DCM_RescaleSlope, "0")},
      {"without_high_bit", without(DCM_HighBit)},
  };
}

class GoodDicom : public testing::TestWithParam<GoodEdit> {};

TEST_P(GoodDicom, ShowsTheSamePicture) {
  EXPECT_TRUE(images_agree(decode_image(GetParam().bytes).pixels,
                           read_pgm("dicom/twelve_bit_linear.pgm"), 1));
}

INSTANTIATE_TEST_SUITE_P(Edits, GoodDicom, testing::ValuesIn(good_edits()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(DecodeDicom, WindowWithoutWidthFallsBackToTheUsedRange) {
  const std::string bytes = edited(dicom_file("monochrome1"), [](DcmFileFormat& file) {
    file.getDataset()->putAndInsertString(DCM_WindowCenter, "2000");
    file.getDataset()->putAndInsertString(DCM_WindowWidth, "0");
  });
  EXPECT_TRUE(images_agree(decode_image(bytes).pixels, read_pgm("dicom/monochrome1.pgm"), 1));
}

TEST(DecodeDicom, NoProperPrefixOfAFilePasses) {
  for (const char* name : {"twelve_bit_linear", "implicit", "big_endian", "jpeg_lossless",
                           "jpeg_ls", "jpeg_2000", "rle", "without_preamble"}) {
    const std::string bytes = dicom_file(name);
    for (std::size_t length = 0; length < bytes.size(); length += 1 + length / 64) {
      ASSERT_TRUE(caught([&] { decode_image(bytes.substr(0, length)); }).code)
          << name << ", " << length << " bytes";
    }
  }
}

TEST(DecodeDicom, RandomDamageEndsInAnImageOrAnError) {
  Random random(21);
  for (const Golden& golden : kGoldens) {
    const std::string bytes = dicom_file(golden.file);
    for (int round = 0; round < 60; ++round) {
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
