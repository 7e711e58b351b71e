#include "dicom/pixels.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include <algorithm>

#include "bounds/image_limits.h"
#include "cxrnet/core/error.h"
#include "dicom/fragments.h"
#include "dicom/jpeg.h"
#include "dicom/jpeg2000.h"

namespace cxrnet::imaging {
namespace {

constexpr std::string_view kSubject = "DICOM pixels";

int required_number(DcmDataset& dataset, const DcmTagKey& tag) {
  Uint16 value = 0;
  if (dataset.findAndGetUint16(tag, value).bad()) {
    throw_corrupt(kSubject, "rows, columns and bits", "a data set without one of them");
  }
  return value;
}

int number_or(DcmDataset& dataset, const DcmTagKey& tag, int otherwise) {
  Uint16 value = 0;
  return dataset.findAndGetUint16(tag, value).good() ? value : otherwise;
}

void require_supported_layout(const PixelLayout& layout) {
  if (layout.allocated_bits != 8 && layout.allocated_bits != 16) {
    throw Error(ErrorCode::unsupported_format,
                "DICOM pixels: expected 8 or 16 bits allocated, got " +
                    std::to_string(layout.allocated_bits) + "; have the sender convert them");
  }
  const bool bits_fit = layout.stored_bits >= 1 && layout.high_bit < layout.allocated_bits &&
                        layout.high_bit + 1 >= layout.stored_bits;
  if (!bits_fit) throw_corrupt(kSubject, "stored bits within the allocated ones", "others");
  if (layout.samples != 1 && layout.samples != 3)
    throw_corrupt(kSubject, "1 or 3 samples per pixel", "others");
}

// Encodings that DCMTK's registered decoders, or OpenJPEG, take.
enum class Encoding { native, jpeg, dcmtk, jpeg2000, other };

Encoding encoding_of(E_TransferSyntax syntax) {
  switch (syntax) {
    case EXS_LittleEndianImplicit:
    case EXS_LittleEndianExplicit:
    case EXS_BigEndianExplicit:
    case EXS_DeflatedLittleEndianExplicit:
      return Encoding::native;
    case EXS_JPEGProcess1:
    case EXS_JPEGProcess2_4:
    case EXS_JPEGProcess14:
    case EXS_JPEGProcess14SV1:
      return Encoding::jpeg;
    case EXS_JPEGLSLossless:
    case EXS_JPEGLSLossy:
    case EXS_RLELossless:
      return Encoding::dcmtk;
    case EXS_JPEG2000LosslessOnly:
    case EXS_JPEG2000:
      return Encoding::jpeg2000;
    default:
      return Encoding::other;
  }
}

template <class Word>
std::vector<uint16_t> extract_codes(const Word* words, const PixelLayout& layout) {
  const int shift = layout.high_bit + 1 - layout.stored_bits;
  const unsigned mask = (1U << layout.stored_bits) - 1;
  std::vector<uint16_t> codes(layout.pixels());
  std::transform(words, words + codes.size(), codes.begin(),
                 [&](Word word) { return static_cast<uint16_t>(unsigned{word} >> shift & mask); });
  return codes;
}

}  // namespace

PixelLayout read_pixel_layout(DcmDataset& dataset) {
  PixelLayout layout;
  layout.columns = required_number(dataset, DCM_Columns);
  layout.rows = required_number(dataset, DCM_Rows);
  layout.samples = number_or(dataset, DCM_SamplesPerPixel, 1);
  layout.allocated_bits = required_number(dataset, DCM_BitsAllocated);
  layout.stored_bits = number_or(dataset, DCM_BitsStored, layout.allocated_bits);
  layout.high_bit = number_or(dataset, DCM_HighBit, layout.stored_bits - 1);
  layout.is_signed = number_or(dataset, DCM_PixelRepresentation, 0) == 1;
  require_decodable_size(layout.columns, layout.rows);
  require_supported_layout(layout);
  return layout;
}

void decompress(DcmDataset& dataset, const PixelLayout& layout) {
  switch (encoding_of(dataset.getOriginalXfer())) {
    case Encoding::native:
      return;
    case Encoding::jpeg2000:
      replace_jpeg2000(dataset, layout);
      return;
    case Encoding::jpeg:
      require_jpeg_frame_header(joined_fragments(dataset));
      [[fallthrough]];
    case Encoding::dcmtk:
      if (dataset.chooseRepresentation(EXS_LittleEndianExplicit, nullptr).good()) return;
      throw_corrupt(kSubject, "decodable compressed data", "truncated or invalid ones");
    case Encoding::other:
      break;
  }
  throw Error(ErrorCode::unsupported_transfer_syntax,
              "DICOM pixel encoding: expected uncompressed, JPEG, JPEG-LS, JPEG 2000 or RLE, got "
              "another; have the "
              "sender convert it to Explicit VR Little Endian");
}

std::vector<uint16_t> stored_codes(DcmDataset& dataset, const PixelLayout& layout) {
  unsigned long count = 0;
  if (layout.allocated_bits == 8) {
    const Uint8* bytes = nullptr;
    if (dataset.findAndGetUint8Array(DCM_PixelData, bytes, &count).good() &&
        count >= layout.pixels()) {
      return extract_codes(bytes, layout);
    }
  } else {
    const Uint16* words = nullptr;
    if (dataset.findAndGetUint16Array(DCM_PixelData, words, &count).good() &&
        count >= layout.pixels()) {
      return extract_codes(words, layout);
    }
  }
  throw_corrupt(kSubject, "rows times columns of them", "fewer");
}

}  // namespace cxrnet::imaging
