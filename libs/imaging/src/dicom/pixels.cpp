#include "dicom/pixels.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include <algorithm>

#include "bounds/image_limits.h"
#include "cxrnet/core/error.h"
#include "dicom/fragments.h"

namespace cxrnet::imaging {
namespace {

constexpr std::string_view kPixelSubject = "DICOM pixels";

int required_number(DcmDataset& data_set, const DcmTagKey& tag) {
  Uint16 value = 0;
  if (data_set.findAndGetUint16(tag, value).bad()) {
    throw_corrupt(kPixelSubject, "rows, columns and bits", "a data set without one of them");
  }
  return value;
}

int number_or(DcmDataset& data_set, const DcmTagKey& tag, int otherwise) {
  Uint16 value = 0;
  return data_set.findAndGetUint16(tag, value).good() ? value : otherwise;
}

void require_supported_layout(const PixelLayout& layout) {
  if (layout.allocated_bits != 8 && layout.allocated_bits != 16) {
    throw Error(ErrorCode::unsupported_format,
                "DICOM pixels: expected 8 or 16 bits allocated, got " +
                    std::to_string(layout.allocated_bits) + "; have the sender convert them");
  }
  const bool bits_fit = layout.stored_bits >= 1 && layout.high_bit < layout.allocated_bits &&
                        layout.high_bit + 1 >= layout.stored_bits;
  if (!bits_fit) throw_corrupt(kPixelSubject, "stored bits within the allocated ones", "others");
  if (layout.samples != 1 && layout.samples != 3)
    throw_corrupt(kPixelSubject, "1 or 3 samples per pixel", "others");
}

// Decodes a codestream; nothing for native pixels.
struct Encoding {
  Frame (*decode)(const std::string& codestream, const FrameShape& data_set) = nullptr;
  bool one_fragment = false;
};

Encoding encoding_of(E_TransferSyntax syntax) {
  switch (syntax) {
    case EXS_LittleEndianImplicit:
    case EXS_LittleEndianExplicit:
    case EXS_BigEndianExplicit:
      return {};
    case EXS_JPEGProcess1:
    case EXS_JPEGProcess2_4:
    case EXS_JPEGProcess14:
    case EXS_JPEGProcess14SV1:
      return {decode_jpeg_frame};
    case EXS_JPEGLSLossless:
    case EXS_JPEGLSLossy:
      return {decode_jpeg_ls_frame};
    case EXS_RLELossless:
      return {decode_rle_frame, true};
    case EXS_JPEG2000LosslessOnly:
    case EXS_JPEG2000:
      return {decode_jpeg2000_frame};
    default:
      break;
  }
  throw Error(ErrorCode::unsupported_transfer_syntax,
              "DICOM pixel encoding: expected uncompressed, JPEG, JPEG-LS, JPEG 2000 or RLE, got "
              "another; have the sender convert it to Explicit VR Little Endian");
}

// As many values as the picture has, and behind them padding: less than a row, or all the same.
// More of a picture means that Rows or Columns are not those of the pixels.
template <class Word>
std::vector<uint16_t> checked_values(const Word* words, std::size_t count, std::size_t wanted,
                                     int columns) {
  if (words == nullptr || count < wanted)
    throw_corrupt(kPixelSubject, "rows times columns", "fewer");
  const bool is_short = count - wanted < static_cast<std::size_t>(columns);
  const auto* rest = words + wanted;
  if (!is_short && std::any_of(rest, words + count, [&](Word word) { return word != *rest; }))
    throw_corrupt(kPixelSubject, "rows times columns of them", "more");
  return {words, words + wanted};
}

std::vector<uint16_t> native_words(DcmDataset& data_set, const PixelLayout& layout,
                                   std::size_t wanted) {
  unsigned long count = 0;
  const Uint8* bytes = nullptr;
  const Uint16* words = nullptr;
  if (layout.allocated_bits == 8) {
    if (data_set.findAndGetUint8Array(DCM_PixelData, bytes, &count).bad()) bytes = nullptr;
    return checked_values(bytes, count, wanted, layout.columns);
  }
  if (data_set.findAndGetUint16Array(DCM_PixelData, words, &count).bad()) words = nullptr;
  return checked_values(words, count, wanted, layout.columns);
}

bool has_half_the_chroma(DcmDataset& data_set) {
  const std::string model = text_of(data_set, DCM_PhotometricInterpretation);
  return model == "YBR_FULL_422" || model == "YBR_PARTIAL_422";
}

// Two pixels of uncompressed 4:2:2 are stored as Y Y Cb Cr (PS3.3 section C.7.6.3.1.2).
std::vector<uint16_t> spread_chroma(const std::vector<uint16_t>& pairs) {
  std::vector<uint16_t> values;
  values.reserve(pairs.size() / 2 * 3);
  for (std::size_t i = 0; i + 3 < pairs.size(); i += 4)
    for (const std::size_t luma : {i, i + 1})
      values.insert(values.end(), {pairs[luma], pairs[i + 2], pairs[i + 3]});
  return values;
}

// Planes one after the other as samples side by side.
std::vector<uint16_t> interleaved(const std::vector<uint16_t>& planes, std::size_t samples) {
  const std::size_t pixels = planes.size() / samples;
  std::vector<uint16_t> values(planes.size());
  for (std::size_t i = 0; i < planes.size(); ++i)
    values[i % pixels * samples + i / pixels] = planes[i];
  return values;
}

std::vector<uint16_t> native_values(DcmDataset& data_set, const PixelLayout& layout) {
  const FrameShape shape = layout.shape();
  if (layout.samples == 1) return native_words(data_set, layout, shape.values());
  if (has_half_the_chroma(data_set)) {
    if (layout.columns % 2 != 0)
      throw_corrupt(kPixelSubject, "pairs of columns in 4:2:2", "an odd one");
    return spread_chroma(native_words(data_set, layout, shape.pixels() * 2));
  }
  const bool has_planes = number_or(data_set, DCM_PlanarConfiguration, 0) == 1;
  auto values = native_words(data_set, layout, shape.values());
  return has_planes ? interleaved(values, static_cast<std::size_t>(layout.samples)) : values;
}

// Values above the highest stored bit would be cut off and come out scrambled. Negative ones have
// all upper bits set.
void require_stored_bits(const std::vector<uint16_t>& values, const PixelLayout& layout, int bits) {
  if (layout.is_signed || bits <= layout.high_bit + 1) return;
  const auto limit = 1U << (layout.high_bit + 1);
  if (std::any_of(values.begin(), values.end(), [&](uint16_t value) { return value >= limit; })) {
    throw_corrupt(kPixelSubject,
                  "values of at most " + std::to_string(layout.high_bit + 1) +
                      " bits, as the data set states",
                  std::to_string(bits) + " bits");
  }
}

// A codestream of fewer bits than are stored has its values at the lower end; an 8-bit JPEG may
// have 16 bits allocated, and 12 of them stored.
void fit_to_codestream(PixelLayout& layout, int bits) {
  if (layout.high_bit < bits) return;
  layout.high_bit = bits - 1;
  layout.stored_bits = std::min(layout.stored_bits, bits);
}

void keep_stored_bits(std::vector<uint16_t>& values, const PixelLayout& layout) {
  const int shift = layout.high_bit + 1 - layout.stored_bits;
  const unsigned mask = (1U << layout.stored_bits) - 1;
  for (uint16_t& value : values) value = static_cast<uint16_t>(unsigned{value} >> shift & mask);
}

}  // namespace

PixelLayout read_pixel_layout(DcmDataset& data_set) {
  PixelLayout layout;
  layout.columns = required_number(data_set, DCM_Columns);
  layout.rows = required_number(data_set, DCM_Rows);
  layout.samples = number_or(data_set, DCM_SamplesPerPixel, 1);
  layout.allocated_bits = required_number(data_set, DCM_BitsAllocated);
  layout.stored_bits = number_or(data_set, DCM_BitsStored, layout.allocated_bits);
  layout.high_bit = number_or(data_set, DCM_HighBit, layout.stored_bits - 1);
  layout.is_signed = number_or(data_set, DCM_PixelRepresentation, 0) == 1;
  require_decodable_size(layout.columns, layout.rows);
  require_supported_layout(layout);
  return layout;
}

StoredPixels read_stored_pixels(DicomFile& file, const PixelLayout& layout) {
  DcmDataset& data_set = file.data_set;
  const Encoding encoding = encoding_of(file.pixel_syntax);
  StoredPixels pixels{.layout = layout, .codes = {}, .colour = FrameColour::unstated};
  if (encoding.decode == nullptr) {
    pixels.codes = native_values(data_set, layout);
  } else {
    Frame frame = encoding.decode(only_frame(data_set, encoding.one_fragment), layout.shape());
    pixels.codes = std::move(frame.values);
    pixels.colour = frame.colour;
    require_stored_bits(pixels.codes, layout, frame.bits);
    fit_to_codestream(pixels.layout, frame.bits);
  }
  keep_stored_bits(pixels.codes, pixels.layout);
  return pixels;
}

}  // namespace cxrnet::imaging
