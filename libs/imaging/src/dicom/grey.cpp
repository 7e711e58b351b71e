#include "dicom/grey.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <algorithm>
#include <cmath>

namespace cxrnet::imaging {
namespace {

std::optional<double> number_of(DcmItem& item, const DcmTagKey& tag) {
  Float64 value = 0;
  if (item.findAndGetFloat64(tag, value).bad() || !std::isfinite(value)) return std::nullopt;
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

// LUT Data (US or OW) as `count` values; tables of up to 8 bits may hold two values in each word.
std::vector<uint16_t> lut_values(DcmItem& item, std::size_t count) {
  const Uint16* words = nullptr;
  unsigned long word_count = 0;
  if (item.findAndGetUint16Array(DCM_LUTData, words, &word_count).bad() || words == nullptr)
    return {};
  if (word_count >= count) return {words, words + count};
  if (word_count * 2 < count) return {};
  std::vector<uint16_t> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = words[i / 2] >> (8 * (i % 2)) & 0xFF;
  return values;
}

// The first item of a LUT sequence. Descriptor: number of entries (0 stands for 65536), first value
// mapped, bits.
std::optional<LookupTable> read_lut(DcmDataset& dataset, const DcmTagKey& sequence,
                                    bool input_is_signed) {
  DcmItem* item = nullptr;
  if (dataset.findAndGetSequenceItem(sequence, item, 0).bad() || item == nullptr)
    return std::nullopt;
  const auto count = integer_of(*item, DCM_LUTDescriptor, false, 0);
  const auto first = integer_of(*item, DCM_LUTDescriptor, input_is_signed, 1);
  const auto bits = integer_of(*item, DCM_LUTDescriptor, false, 2);
  if (!count || !first || !bits || *bits < 1 || *bits > 16) return std::nullopt;
  LookupTable table{*first, *bits, lut_values(*item, *count == 0 ? 65536 : *count)};
  if (table.values.empty()) return std::nullopt;
  return table;
}

Rescale read_rescale(DcmDataset& dataset) {
  const auto slope = number_of(dataset, DCM_RescaleSlope);
  const auto intercept = number_of(dataset, DCM_RescaleIntercept);
  return {slope && *slope != 0.0 ? *slope : 1.0, intercept.value_or(0.0)};
}

std::optional<Window> read_window(DcmDataset& dataset) {
  const auto centre = number_of(dataset, DCM_WindowCenter);
  const auto width = number_of(dataset, DCM_WindowWidth);
  if (!centre || !width) return std::nullopt;
  const std::string name = text_of(dataset, DCM_VOILUTFunction);
  const WindowFunction function = name == "LINEAR_EXACT" ? WindowFunction::linear_exact
                                  : name == "SIGMOID"    ? WindowFunction::sigmoid
                                                         : WindowFunction::linear;
  const bool usable = function == WindowFunction::linear ? *width >= 1.0 : *width > 0.0;
  if (!usable) return std::nullopt;
  return Window{*centre, *width, function};
}

std::optional<Padding> read_padding(DcmDataset& dataset, bool is_signed) {
  const auto value = integer_of(dataset, DCM_PixelPaddingValue, is_signed);
  if (!value) return std::nullopt;
  const int limit = integer_of(dataset, DCM_PixelPaddingRangeLimit, is_signed).value_or(*value);
  return Padding{std::min(*value, limit), std::max(*value, limit)};
}

}  // namespace

GreyPipeline read_grey_pipeline(DcmDataset& dataset, int stored_bits, bool is_signed) {
  GreyPipeline pipeline;
  pipeline.stored_bits = stored_bits;
  pipeline.is_signed = is_signed;
  pipeline.modality = read_rescale(dataset);
  bool voi_input_is_signed = is_signed;
  if (auto lut = read_lut(dataset, DCM_ModalityLUTSequence, is_signed)) {
    pipeline.modality = std::move(*lut);
    voi_input_is_signed = false;  // a modality LUT's output has no sign
  }
  if (auto lut = read_lut(dataset, DCM_VOILUTSequence, voi_input_is_signed)) {
    pipeline.voi = std::move(*lut);
  } else if (const auto window = read_window(dataset)) {
    pipeline.voi = *window;
  }
  pipeline.padding = read_padding(dataset, is_signed);
  pipeline.invert = text_of(dataset, DCM_PhotometricInterpretation) == "MONOCHROME1";
  return pipeline;
}

}  // namespace cxrnet::imaging
