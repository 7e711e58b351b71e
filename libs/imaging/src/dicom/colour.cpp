#include "dicom/colour.h"

#include <dcmtk/dcmdata/dcdeftag.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "bounds/image_limits.h"
#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

constexpr double kRed = 0.299, kGreen = 0.587, kBlue = 0.114;

uint8_t to_level(double fraction) {
  return static_cast<uint8_t>(std::lround(255.0 * std::clamp(fraction, 0.0, 1.0)));
}

enum class Model { rgb, ybr_full, ybr_partial };

[[noreturn]] void throw_unsupported() {
  throw Error(ErrorCode::unsupported_colour,
              "DICOM colour: expected grey, RGB, YBR or palette colour, got another model; send a "
              "grey image");
}

// The reversible and irreversible transforms of JPEG 2000 are undone by its decoder, so what bears
// their names is RGB (PS3.5 section 8.2.4); three equal samples are sometimes named MONOCHROME.
Model model_of(DcmDataset& data_set, FrameColour codestream) {
  if (codestream == FrameColour::rgb) return Model::rgb;
  if (codestream == FrameColour::ybr) return Model::ybr_full;
  const std::string name = text_of(data_set, DCM_PhotometricInterpretation);
  if (name == "YBR_FULL" || name == "YBR_FULL_422") return Model::ybr_full;
  if (name == "YBR_PARTIAL_422") return Model::ybr_partial;
  const bool is_rgb = name == "RGB" || name == "YBR_RCT" || name == "YBR_ICT" || name.empty() ||
                      name == "MONOCHROME1" || name == "MONOCHROME2";
  if (!is_rgb) throw_unsupported();
  return Model::rgb;
}

// The pixel's luma, 0 to 1; `top` is the largest sample.
double luma(Model model, const uint16_t* pixel, double top) {
  constexpr double kBlack = 16.0 / 255.0, kSpan = 219.0 / 255.0;
  switch (model) {
    case Model::rgb:
      return (kRed * pixel[0] + kGreen * pixel[1] + kBlue * pixel[2]) / top;
    case Model::ybr_full:
      return pixel[0] / top;
    case Model::ybr_partial:
      return (pixel[0] / top - kBlack) / kSpan;
  }
  return 0.0;
}

cv::Mat fold_samples(DcmDataset& data_set, const StoredPixels& pixels) {
  const Model model = model_of(data_set, pixels.colour);
  const double top = (1 << pixels.layout.stored_bits) - 1;
  cv::Mat image(pixels.layout.rows, pixels.layout.columns, CV_8UC1);
  const uint16_t* pixel = pixels.codes.data();
  for (uint8_t& level : cv::Mat_<uint8_t>(image)) {
    level = to_level(luma(model, pixel, top));
    pixel += 3;
  }
  return image;
}

// One colour of a palette (PS3.3 section C.7.6.3.1.5 and .6).
struct Palette {
  int first_mapped = 0;
  double top = 1.0;
  std::vector<uint16_t> values;

  double operator()(int code) const {
    const auto last = static_cast<int>(values.size()) - 1;
    return values[static_cast<std::size_t>(std::clamp(code - first_mapped, 0, last))] / top;
  }
};

Palette read_palette(DcmDataset& data_set, const DcmTagKey& descriptor, const DcmTagKey& data) {
  constexpr std::string_view kPaletteSubject = "DICOM palette";
  std::array<Uint16, 3> numbers{};
  for (unsigned long i = 0; i < numbers.size(); ++i) {
    if (data_set.findAndGetUint16(descriptor, numbers.at(i), i).bad())
      throw_corrupt(kPaletteSubject, "a descriptor and values for each colour", "less");
  }
  const std::size_t entries = numbers[0] == 0 ? 65536 : numbers[0];
  const int bits = numbers[2];
  const Uint16* words = nullptr;
  unsigned long count = 0;
  if (bits < 8 || bits > 16 || data_set.findAndGetUint16Array(data, words, &count).bad() ||
      words == nullptr) {
    throw_corrupt(kPaletteSubject, "a descriptor and values for each colour", "less");
  }
  Palette palette{.first_mapped = numbers[1], .top = (1 << bits) - 1.0, .values = {}};
  if (count >= entries) {
    palette.values.assign(words, words + entries);
  } else if (count * 2 >= entries) {  // two values of 8 bits in a word
    for (std::size_t i = 0; i < entries; ++i)
      palette.values.push_back(words[i / 2] >> (8 * (i % 2)) & 0xFF);
    palette.top = 255.0;
  } else {
    throw_corrupt(kPaletteSubject, "a value for each entry", "fewer");
  }
  return palette;
}

cv::Mat fold_palette(DcmDataset& data_set, const StoredPixels& pixels) {
  const Palette red = read_palette(data_set, DCM_RedPaletteColorLookupTableDescriptor,
                                   DCM_RedPaletteColorLookupTableData);
  const Palette green = read_palette(data_set, DCM_GreenPaletteColorLookupTableDescriptor,
                                     DCM_GreenPaletteColorLookupTableData);
  const Palette blue = read_palette(data_set, DCM_BluePaletteColorLookupTableDescriptor,
                                    DCM_BluePaletteColorLookupTableData);
  cv::Mat image(pixels.layout.rows, pixels.layout.columns, CV_8UC1);
  const uint16_t* code = pixels.codes.data();
  for (uint8_t& level : cv::Mat_<uint8_t>(image)) {
    level = to_level(kRed * red(*code) + kGreen * green(*code) + kBlue * blue(*code));
    ++code;
  }
  return image;
}

bool has_palette(DcmDataset& data_set) {
  return text_of(data_set, DCM_PhotometricInterpretation) == "PALETTE COLOR";
}

}  // namespace

bool has_colour(DcmDataset& data_set, const PixelLayout& layout) {
  return layout.samples > 1 || has_palette(data_set);
}

cv::Mat fold_colour(DcmDataset& data_set, const StoredPixels& pixels) {
  if (!has_palette(data_set)) return fold_samples(data_set, pixels);
  if (pixels.layout.samples != 1) throw_unsupported();
  return fold_palette(data_set, pixels);
}

}  // namespace cxrnet::imaging
