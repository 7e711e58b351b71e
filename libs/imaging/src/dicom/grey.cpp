#include "dicom/grey.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include <algorithm>
#include <cmath>

namespace cxrnet::imaging {
namespace {

std::optional<double> number_of(DcmItem& item, const DcmTagKey& tag, unsigned long position = 0) {
  Float64 value = 0;
  if (item.findAndGetFloat64(tag, value, position).bad() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

// A US or SS value; which of the two an ambiguous attribute is follows from Pixel Representation.
std::optional<int> integer_of(DcmItem& item, const DcmTagKey& tag, bool is_signed,
                              unsigned long position = 0) {
  Uint16 as_unsigned = 0;
  if (item.findAndGetUint16(tag, as_unsigned, position).good()) {
    return is_signed ? static_cast<int16_t>(as_unsigned) : static_cast<int>(as_unsigned);
  }
  Sint16 as_signed = 0;
  if (item.findAndGetSint16(tag, as_signed, position).good()) {
    return is_signed ? static_cast<int>(as_signed) : static_cast<uint16_t>(as_signed);
  }
  return std::nullopt;
}

// The values that a step of the pipeline may be given, whether or not the picture holds them.
struct Inputs {
  double low, high;
};

Inputs stored_inputs(int bits, bool is_signed) {
  const double codes = static_cast<double>(1 << bits);
  return is_signed ? Inputs{-codes / 2, codes / 2 - 1} : Inputs{0, codes - 1};
}

Inputs after(const Rescale& rescale, const Inputs& inputs) {
  const double a = rescale.slope * inputs.low + rescale.intercept,
               b = rescale.slope * inputs.high + rescale.intercept;
  return {std::min(a, b), std::max(a, b)};
}

Inputs after(const LookupTable& table, const Inputs&) {
  const auto [low, high] = std::minmax_element(table.values.begin(), table.values.end());
  return {static_cast<double>(*low), static_cast<double>(*high)};
}

// The first value mapped is US or SS: by the element's own VR; in implicit VR, which has none, SS
// where inputs may be negative (PS3.3 C.11.2.1.1). Writers get that wrong, so a reading whose table
// would miss every input gives way to the one that meets some.
int first_mapped(DcmItem& item, const Inputs& inputs, std::size_t count, bool is_implicit) {
  const int as_unsigned = integer_of(item, DCM_LUTDescriptor, false, 1).value_or(0);
  const int as_signed = integer_of(item, DCM_LUTDescriptor, true, 1).value_or(0);
  DcmElement* element = nullptr;
  item.findAndGetElement(DCM_LUTDescriptor, element);
  const bool says_signed =
      is_implicit ? inputs.low < 0 : element != nullptr && element->getVR() == EVR_SS;
  const auto meets = [&](int first) {
    return first <= inputs.high && first + static_cast<double>(count) - 1 >= inputs.low;
  };
  const int said = says_signed ? as_signed : as_unsigned;
  const int other = says_signed ? as_unsigned : as_signed;
  return !meets(said) && meets(other) ? other : said;
}

// LUT Data as words: OW, US, or, wrongly, SS and OB.
std::vector<uint16_t> lut_words(DcmItem& item) {
  unsigned long count = 0;
  const Uint16* words = nullptr;
  if (item.findAndGetUint16Array(DCM_LUTData, words, &count).good() && words != nullptr)
    return {words, words + count};
  const Sint16* signed_words = nullptr;
  if (item.findAndGetSint16Array(DCM_LUTData, signed_words, &count).good() &&
      signed_words != nullptr) {
    return {signed_words, signed_words + count};
  }
  const Uint8* bytes = nullptr;
  if (item.findAndGetUint8Array(DCM_LUTData, bytes, &count).good() && bytes != nullptr)
    return {bytes, bytes + count};
  return {};
}

// LUT Data as `count` values. Tables of up to 8 bits may hold two values in each word: then there
// are exactly half as many words, and some exceed a byte. A table that is short otherwise holds its
// last value to the end, as above its end; one that lacks half or more is none.
std::vector<uint16_t> lut_values(DcmItem& item, std::size_t count, int bits) {
  std::vector<uint16_t> words = lut_words(item);
  const bool is_packed =
      bits <= 8 && words.size() == (count + 1) / 2 &&
      std::any_of(words.begin(), words.end(), [](uint16_t word) { return word > 0xFF; });
  if (is_packed) {
    std::vector<uint16_t> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = words[i / 2] >> (8 * (i % 2)) & 0xFF;
    return values;
  }
  if (words.size() * 2 < count || words.empty()) return {};
  words.resize(count, words.back());
  return words;
}

// The first item of a LUT sequence. Descriptor: number of entries (0 stands for 65536), first value
// mapped, bits.
std::optional<LookupTable> read_lut(DcmDataset& dataset, const DcmTagKey& sequence,
                                    const Inputs& inputs) {
  DcmItem* item = nullptr;
  if (dataset.findAndGetSequenceItem(sequence, item, 0).bad() || item == nullptr)
    return std::nullopt;
  const auto entries = integer_of(*item, DCM_LUTDescriptor, false, 0);
  const auto bits = integer_of(*item, DCM_LUTDescriptor, false, 2);
  if (!entries || !bits) return std::nullopt;
  const auto count = static_cast<std::size_t>(*entries == 0 ? 65536 : *entries);
  const bool is_implicit = DcmXfer(dataset.getOriginalXfer()).isImplicitVR();
  LookupTable table{first_mapped(*item, inputs, count, is_implicit), *bits,
                    lut_values(*item, count, *bits)};
  if (table.values.empty()) return std::nullopt;
  return table;
}

Rescale read_rescale(DcmDataset& dataset) {
  const auto slope = number_of(dataset, DCM_RescaleSlope);
  const auto intercept = number_of(dataset, DCM_RescaleIntercept);
  return {slope && *slope != 0.0 ? *slope : 1.0, intercept.value_or(0.0)};
}

WindowFunction window_function(DcmDataset& dataset) {
  const std::string name = text_of(dataset, DCM_VOILUTFunction);
  if (name == "LINEAR_EXACT") return WindowFunction::linear_exact;
  return name == "SIGMOID" ? WindowFunction::sigmoid : WindowFunction::linear;
}

// LINEAR needs a width of at least 1. Narrower ones are written for values of small steps, which a
// rescale slope far below 1 makes: those writers mean LINEAR_EXACT. A width within one step would
// leave two grey levels: none. `step`: the distance of neighbouring values.
std::optional<Window> usable(const Window& window, double step) {
  if (window.width <= 0.0) return std::nullopt;
  if (window.function != WindowFunction::linear || window.width >= 1.0) return window;
  if (window.width <= step) return std::nullopt;
  return Window{window.centre, window.width, WindowFunction::linear_exact};
}

// The first window that can be used.
std::optional<Window> read_window(DcmDataset& dataset, double step) {
  const WindowFunction function = window_function(dataset);
  for (unsigned long i = 0;; ++i) {
    const auto centre = number_of(dataset, DCM_WindowCenter, i);
    const auto width = number_of(dataset, DCM_WindowWidth, i);
    if (!centre || !width) return std::nullopt;
    if (const auto window = usable({*centre, *width, function}, step)) return window;
  }
}

struct Polarity {
  bool invert, is_disputed;
};

std::optional<Padding> read_padding(DcmDataset& dataset, bool is_signed) {
  const auto value = integer_of(dataset, DCM_PixelPaddingValue, is_signed);
  if (!value) return std::nullopt;
  const int limit = integer_of(dataset, DCM_PixelPaddingRangeLimit, is_signed).value_or(*value);
  return Padding{std::min(*value, limit), std::max(*value, limit)};
}

// Which end is white: Presentation LUT Shape, the pipeline's last step, and Photometric
// Interpretation must say the same in a DX image. Where they do not, the shape decides, as in
// DCMTK, dcm4che and Weasis (ADR-012).
Polarity read_polarity(DcmDataset& dataset) {
  const bool by_photometric = text_of(dataset, DCM_PhotometricInterpretation) == "MONOCHROME1";
  const std::string shape = text_of(dataset, DCM_PresentationLUTShape);
  if (shape != "IDENTITY" && shape != "INVERSE") return {by_photometric, false};
  const bool by_shape = shape == "INVERSE";
  return {by_shape, by_shape != by_photometric};
}

}  // namespace

GreyReading read_grey_pipeline(DcmDataset& dataset, int stored_bits, bool is_signed) {
  GreyPipeline pipeline;
  pipeline.stored_bits = stored_bits;
  pipeline.is_signed = is_signed;
  pipeline.range = stored_bits <= 8 ? RangeRule::whole : RangeRule::without_outliers;
  Inputs inputs = stored_inputs(stored_bits, is_signed);
  double step = 1.0;
  if (auto lut = read_lut(dataset, DCM_ModalityLUTSequence, inputs)) {
    inputs = after(*lut, inputs);
    pipeline.modality = std::move(*lut);
  } else {
    const Rescale rescale = read_rescale(dataset);
    inputs = after(rescale, inputs);
    step = std::abs(rescale.slope);
    pipeline.modality = rescale;
  }
  if (auto lut = read_lut(dataset, DCM_VOILUTSequence, inputs)) {
    pipeline.voi = std::move(*lut);
  } else if (const auto window = read_window(dataset, step)) {
    pipeline.voi = *window;
  }
  pipeline.padding = read_padding(dataset, is_signed);
  const Polarity polarity = read_polarity(dataset);
  pipeline.invert = polarity.invert;
  return {pipeline, polarity.is_disputed};
}

}  // namespace cxrnet::imaging
