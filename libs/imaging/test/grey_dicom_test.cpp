// DICOM's grey attributes, those that files get wrong among them, against the formulas of PS3.3
// C.11 written out once more here.
#include <dcmtk/config/osconfig.h>
// After osconfig.h.
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcvrobow.h>
#include <dcmtk/dcmdata/dcvrss.h>
#include <dcmtk/dcmdata/dcvrus.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "cxrnet/imaging/decode.h"
#include "test_images.h"

namespace cxrnet::imaging {
namespace {

using Edit = std::function<void(DcmDataset&)>;
using Shown = std::function<double(int code)>;  // what a code must be shown as, 0 … 1

struct Edited {
  std::string bytes;
  std::vector<Uint16> codes;  // the stored values
};

// A committed file after an edit, and its codes (8 or 16 bits allocated).
Edited edited_file(const std::string& name, const Edit& edit, E_TransferSyntax syntax) {
  const std::string bytes = test_file("dicom/" + name + ".dcm");
  DcmInputBufferStream input;
  input.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  input.setEos();
  DcmFileFormat file;
  file.transferInit();
  EXPECT_TRUE(file.read(input).good());
  file.transferEnd();
  file.loadAllDataIntoMemory();
  DcmDataset& dataset = *file.getDataset();
  edit(dataset);

  Edited result;
  unsigned long count = 0;
  Uint16 allocated_bits = 0;
  EXPECT_TRUE(dataset.findAndGetUint16(DCM_BitsAllocated, allocated_bits).good());
  if (allocated_bits == 8) {
    const Uint8* octets = nullptr;
    EXPECT_TRUE(dataset.findAndGetUint8Array(DCM_PixelData, octets, &count).good());
    result.codes.assign(octets, octets + count);
  } else {
    const Uint16* words = nullptr;
    EXPECT_TRUE(dataset.findAndGetUint16Array(DCM_PixelData, words, &count).good());
    result.codes.assign(words, words + count);
  }
  result.bytes.resize(1 << 18);
  DcmOutputBufferStream output(result.bytes.data(), static_cast<offile_off_t>(result.bytes.size()));
  file.transferInit();
  EXPECT_TRUE(file.write(output, syntax, EET_UndefinedLength, nullptr).good());
  file.transferEnd();
  void* buffer = nullptr;
  offile_off_t length = 0;
  output.flushBuffer(buffer, length);
  result.bytes.resize(static_cast<std::size_t>(length));
  return result;
}

void set_text(DcmDataset& dataset, const DcmTagKey& tag, const char* value) {
  EXPECT_TRUE(dataset.putAndInsertString(tag, value).good());
}

void remove_window(DcmDataset& dataset) {
  dataset.findAndDeleteElement(DCM_WindowCenter);
  dataset.findAndDeleteElement(DCM_WindowWidth);
}

Edit with_window(const char* centre, const char* width, const char* function = nullptr,
                 const char* slope = "1") {
  return [=](DcmDataset& dataset) {
    set_text(dataset, DCM_WindowCenter, centre);
    set_text(dataset, DCM_WindowWidth, width);
    set_text(dataset, DCM_RescaleSlope, slope);
    set_text(dataset, DCM_RescaleIntercept, "0");
    if (function != nullptr) set_text(dataset, DCM_VOILUTFunction, function);
  };
}

Edit with_polarity(const char* photometric, const char* shape) {
  return [=](DcmDataset& dataset) {
    set_text(dataset, DCM_PhotometricInterpretation, photometric);
    set_text(dataset, DCM_PresentationLUTShape, shape);
  };
}

struct Lut {
  int entries;   // as the descriptor says
  int first;     // likewise
  bool says_ss;  // the descriptor's VR
  int bits;      // as the descriptor says
  std::vector<Uint16> words;
};

// In place of the window, after rescaling by slope and intercept.
Edit with_lut(const Lut& lut, const char* slope = "1", const char* intercept = "0") {
  return [=](DcmDataset& dataset) {
    remove_window(dataset);
    set_text(dataset, DCM_RescaleSlope, slope);
    set_text(dataset, DCM_RescaleIntercept, intercept);
    DcmItem* item = nullptr;
    EXPECT_TRUE(dataset.findOrCreateSequenceItem(DCM_VOILUTSequence, item).good());
    if (lut.says_ss) {
      auto* descriptor = new DcmSignedShort(DcmTag(DCM_LUTDescriptor, EVR_SS));
      const Sint16 values[] = {static_cast<Sint16>(lut.entries), static_cast<Sint16>(lut.first),
                               static_cast<Sint16>(lut.bits)};
      descriptor->putSint16Array(values, 3);
      item->insert(descriptor, true);
    } else {
      auto* descriptor = new DcmUnsignedShort(DcmTag(DCM_LUTDescriptor, EVR_US));
      const Uint16 values[] = {static_cast<Uint16>(lut.entries), static_cast<Uint16>(lut.first),
                               static_cast<Uint16>(lut.bits)};
      descriptor->putUint16Array(values, 3);
      item->insert(descriptor, true);
    }
    auto* data = new DcmOtherByteOtherWord(DcmTag(DCM_LUTData, EVR_OW));
    data->putUint16Array(lut.words.data(), static_cast<unsigned long>(lut.words.size()));
    item->insert(data, true);
  };
}

// A curve that no straight window imitates.
std::vector<Uint16> curve(int entries, double highest) {
  std::vector<Uint16> values;
  for (int i = 0; i < entries; ++i)
    values.push_back(
        static_cast<Uint16>(std::lround(highest * i * i / (entries - 1.0) / (entries - 1.0))));
  return values;
}

std::vector<Uint16> first_of(std::vector<Uint16> values, std::size_t count) {
  values.resize(count);
  return values;
}

std::vector<Uint16> in_pairs(const std::vector<Uint16>& values) {
  std::vector<Uint16> words;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2)
    words.push_back(static_cast<Uint16>(values[i] | values[i + 1] << 8));
  return words;
}

// The table's value for `input`, of `white`; past the stored values the last of them.
Shown by_table(std::vector<Uint16> values, int first, double white,
               std::function<double(int)> input) {
  return [=](int code) {
    const auto index =
        std::clamp<long>(std::lround(input(code)) - first, 0, static_cast<long>(values.size()) - 1);
    return values[static_cast<std::size_t>(index)] / white;
  };
}

double same(int code) { return code; }
double by_range(double low, double high, double value) {
  return std::clamp((value - low) / (high - low), 0.0, 1.0);
}

// twelve_bit_linear.dcm: codes 0 … 4095, window 2000, 3001 (LINEAR: 500 … 3500 span it).
double shown_by_its_window(int code) { return by_range(499.5, 3499.5, code); }
double shown_by_its_range(int code) { return by_range(0, 4095, code); }
Shown turned(Shown shown) {
  return [=](int code) { return 1.0 - shown(code); };
}

// 16 bits are stored, and these pixels hold 65535.
Edit burnt_in(int pixels, const Edit& more = {}) {
  return [=](DcmDataset& dataset) {
    remove_window(dataset);
    dataset.putAndInsertUint16(DCM_BitsStored, 16);
    dataset.putAndInsertUint16(DCM_HighBit, 15);
    const Uint16* words = nullptr;
    unsigned long count = 0;
    dataset.findAndGetUint16Array(DCM_PixelData, words, &count);
    std::vector<Uint16> codes(words, words + count);
    // Away from the corners, which hold the smallest and the largest value.
    std::fill_n(codes.begin() + 10 * 41, pixels, Uint16{65535});
    dataset.putAndInsertUint16Array(DCM_PixelData, codes.data(), count);
    if (more) more(dataset);
  };
}

struct GreyCase {
  const char* name;
  Edit edit;
  Shown shown;
  const char* file = "twelve_bit_linear";
  E_TransferSyntax syntax = EXS_LittleEndianExplicit;
  bool inverted = false, disputed = false, measured = false;
};

std::vector<GreyCase> lut_cases() {
  const auto whole = curve(4096, 65535), bytes = curve(256, 255);
  const auto minus_1024 = [](int code) { return code - 1024.0; };
  const auto ten_times = [](int code) { return 10.0 * code + 30000; };
  const Shown negative = by_table(whole, -1024, 65535, minus_1024);
  const Shown above_32767 = by_table(whole, 40000, 65535, ten_times);
  const Lut starting_below_0{4096, -1024, true, 16, whole};
  const Lut in_unsigned_words{4096, -1024, false, 16, whole};
  return {
      {"first_value_signed", with_lut(starting_below_0, "1", "-1024"), negative},
      {"first_value_said_to_be_unsigned", with_lut(in_unsigned_words, "1", "-1024"), negative},
      {"first_value_in_implicit_vr", with_lut(in_unsigned_words, "1", "-1024"), negative,
       "twelve_bit_linear", EXS_LittleEndianImplicit},
      {"first_value_unsigned", with_lut({4096, 40000, false, 16, whole}, "10", "30000"),
       above_32767},
      {"first_value_unsigned_in_implicit_vr",
       with_lut({4096, 40000, false, 16, whole}, "10", "30000"), above_32767, "twelve_bit_linear",
       EXS_LittleEndianImplicit},
      {"first_value_said_to_be_signed", with_lut({4096, 40000, true, 16, whole}, "10", "30000"),
       above_32767},
      // Inputs -30000 … 10950 can be negative, and 64536 - 65536 = -1000 is one of them.
      {"first_value_amid_negative_ones", with_lut({4096, -1000, false, 16, whole}, "10", "-30000"),
       by_table(whole, -1000, 65535, [](int code) { return 10.0 * code - 30000; })},
      {"one_value_short", with_lut({4096, 0, false, 16, first_of(whole, 4095)}),
       by_table(first_of(whole, 4095), 0, 65535, same)},
      {"a_tenth_short", with_lut({4096, 0, false, 16, first_of(whole, 3700)}),
       by_table(first_of(whole, 3700), 0, 65535, same)},
      {"one_value_short_of_256", with_lut({256, 0, false, 8, first_of(bytes, 255)}),
       by_table(first_of(bytes, 255), 0, 255, same), "eight_bit"},
      {"half_of_256_in_whole_words", with_lut({256, 0, false, 8, first_of(bytes, 128)}),
       by_table(first_of(bytes, 128), 0, 63, same), "eight_bit"},
      {"two_values_in_each_word", with_lut({256, 0, false, 8, in_pairs(bytes)}),
       by_table(bytes, 0, 255, same), "eight_bit"},
      {"twelve_bits_said_to_be_sixteen", with_lut({4096, 0, false, 16, curve(4096, 4095)}),
       by_table(curve(4096, 4095), 0, 4095, same)},
      {"ends_at_3000", with_lut({4096, 0, false, 16, curve(4096, 3000)}),
       by_table(curve(4096, 3000), 0, 3000, same)},
      {"wider_than_said", with_lut({4096, 0, false, 8, curve(4096, 4095)}),
       by_table(curve(4096, 4095), 0, 4095, same)},
      {"without_bits", with_lut({4096, 0, false, 0, whole}), by_table(whole, 0, 65535, same)},
      {"hardly_a_table", with_lut({4096, 0, false, 16, first_of(whole, 100)}), shown_by_its_range,
       "twelve_bit_linear", EXS_LittleEndianExplicit, false, false, true},
  };
}

Shown linear_exact(double centre, double width, double slope) {
  return [=](int code) { return std::clamp((slope * code - centre) / width + 0.5, 0.0, 1.0); };
}

std::vector<GreyCase> window_cases() {
  constexpr double kStep = 0.000244140625;  // 1 / 4096: rescaled values 0 … 1
  const char* const step = "0.000244140625";
  const auto sigmoid = [](int code) {
    return 1 / (1 + std::exp(-4 * (kStep * code - 0.45) / 0.6));
  };
  const GreyCase measured{
      "",    {},  shown_by_its_range, "twelve_bit_linear", EXS_LittleEndianExplicit, false,
      false, true};
  const auto unusable = [&](const char* name, const char* width, const char* function) {
    GreyCase row = measured;
    row.name = name;
    row.edit = with_window("2000", width, function);
    return row;
  };
  return {
      {"narrow_for_small_steps", with_window("0.45", "0.6", nullptr, step),
       linear_exact(0.45, 0.6, kStep)},
      {"narrow_linear_for_small_steps", with_window("0.45", "0.6", "LINEAR", step),
       linear_exact(0.45, 0.6, kStep)},
      {"narrow_exact_for_small_steps", with_window("0.45", "0.6", "LINEAR_EXACT", step),
       linear_exact(0.45, 0.6, kStep)},
      {"narrow_sigmoid_for_small_steps", with_window("0.45", "0.6", "SIGMOID", step), sigmoid},
      {"width_1_is_a_threshold", with_window("2000", "1"),
       [](int code) { return code <= 1999.5 ? 0.0 : 1.0; }},
      {"half_a_step_exact", with_window("2000", "0.5", "LINEAR_EXACT"), linear_exact(2000, 0.5, 1)},
      unusable("half_a_step", "0.5", nullptr),
      unusable("width_0", "0", nullptr),
      unusable("width_0_exact", "0", "LINEAR_EXACT"),
      unusable("width_0_sigmoid", "0", "SIGMOID"),
      unusable("negative_width", "-3001", nullptr),
      unusable("negative_width_exact", "-3001", "LINEAR_EXACT"),
      unusable("negative_width_sigmoid", "-3001", "SIGMOID"),
      {"second_window_where_the_first_is_none", with_window("100\\2000", "0\\3001"),
       shown_by_its_window},
  };
}

std::vector<GreyCase> polarity_cases() {
  const auto row = [](const char* name, const char* photometric, const char* shape, bool inverted,
                      bool disputed) {
    return GreyCase{name,
                    with_polarity(photometric, shape),
                    inverted ? turned(shown_by_its_window) : Shown(shown_by_its_window),
                    "twelve_bit_linear",
                    EXS_LittleEndianExplicit,
                    inverted,
                    disputed};
  };
  return {
      row("monochrome2_identity", "MONOCHROME2", "IDENTITY", false, false),
      row("monochrome1_inverse", "MONOCHROME1", "INVERSE", true, false),
      row("monochrome1_identity", "MONOCHROME1", "IDENTITY", false, true),
      row("monochrome2_inverse", "MONOCHROME2", "INVERSE", true, true),
      row("monochrome1_optical_density", "MONOCHROME1", "LIN OD", true, false),
      row("monochrome1_empty_shape", "MONOCHROME1", "", true, false),
  };
}

std::vector<GreyCase> range_cases() {
  const auto marked = [](double at_65535, bool inverted) {
    return [=](int code) {
      if (code == 65535) return at_65535;
      const double shown = shown_by_its_range(code);
      return inverted ? 1.0 - shown : shown;
    };
  };
  const auto row = [](const char* name, Edit edit, Shown shown, bool inverted = false) {
    return GreyCase{name,
                    std::move(edit),
                    std::move(shown),
                    "twelve_bit_linear",
                    EXS_LittleEndianExplicit,
                    inverted,
                    false,
                    true};
  };
  const Edit as_monochrome1 = [](DcmDataset& dataset) {
    set_text(dataset, DCM_PhotometricInterpretation, "MONOCHROME1");
  };
  const Edit as_padding = [](DcmDataset& dataset) {
    dataset.putAndInsertUint16(DCM_PixelPaddingValue, 65535);
  };
  return {
      row("nothing_burnt_in", remove_window, shown_by_its_range),
      row("hot_pixel", burnt_in(1), marked(1.0, false)),
      row("marker_of_5_percent", burnt_in(76), marked(1.0, false)),
      row("hot_pixel_monochrome1", burnt_in(1, as_monochrome1), marked(0.0, true), true),
      row("marker_monochrome1", burnt_in(76, as_monochrome1), marked(0.0, true), true),
      row("a_third_of_padding", burnt_in(500, as_padding), marked(0.0, false)),
  };
}

std::vector<GreyCase> all_cases() {
  std::vector<GreyCase> rows;
  for (auto* table : {lut_cases, window_cases, polarity_cases, range_cases}) {
    for (auto& row : table()) rows.push_back(std::move(row));
  }
  return rows;
}

class GreyAttributes : public testing::TestWithParam<GreyCase> {};

TEST_P(GreyAttributes, ShowWhatTheStandardComputes) {
  const GreyCase& row = GetParam();
  const Edited file = edited_file(row.file, row.edit, row.syntax);
  const GreyImage image = decode_image(file.bytes);
  const bool is_8_bit = image.pixels.depth() == CV_8U;
  const double white = is_8_bit ? 255.0 : 65535.0;
  cv::Mat expected(image.pixels.size(), image.pixels.type());
  for (std::size_t i = 0; i < expected.total(); ++i) {
    const auto level = std::lround(white * std::clamp(row.shown(file.codes[i]), 0.0, 1.0));
    if (is_8_bit) {
      expected.at<uint8_t>(static_cast<int>(i) / expected.cols,
                           static_cast<int>(i) % expected.cols) = static_cast<uint8_t>(level);
    } else {
      expected.at<uint16_t>(static_cast<int>(i) / expected.cols,
                            static_cast<int>(i) % expected.cols) = static_cast<uint16_t>(level);
    }
  }
  EXPECT_TRUE(images_agree(image.pixels, expected, 1));
  EXPECT_EQ(image.inverted, row.inverted);
  EXPECT_EQ(std::count(image.doubts.begin(), image.doubts.end(), Doubt::polarity), row.disputed);
  EXPECT_EQ(image.range_measured, row.measured);
}

INSTANTIATE_TEST_SUITE_P(Files, GreyAttributes, testing::ValuesIn(all_cases()),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace cxrnet::imaging
