// JPEG-LS in DICOM by DCMTK's copy of CharLS, which is reached through a data set alone.
#include <dcmtk/config/osconfig.h>
// After osconfig.h.
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include <memory>

#include "bounds/image_limits.h"
#include "dicom/codec/jpeg_header.h"

namespace cxrnet::imaging {
namespace {

constexpr std::string_view kSubject = "JPEG-LS pixels";
constexpr int64_t kBestCompression = 1 << 16;  // pixels per byte, in runs

[[noreturn]] void throw_damaged() {
  throw_corrupt(kSubject, "complete and valid data", "missing or invalid ones");
}

void put_number(DcmDataset& data_set, const DcmTagKey& tag, int value) {
  if (data_set.putAndInsertUint16(tag, static_cast<Uint16>(value)).bad()) throw_damaged();
}

// Offset table and one fragment.
std::unique_ptr<DcmPixelSequence> one_fragment(std::string codestream) {
  codestream.resize(codestream.size() + codestream.size() % 2);
  auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelData, EVR_OB));
  sequence->insert(new DcmPixelItem(DcmTag(DCM_Item, EVR_OB)));
  auto fragment = std::make_unique<DcmPixelItem>(DcmTag(DCM_Item, EVR_OB));
  const auto* bytes = reinterpret_cast<const Uint8*>(codestream.data());
  if (fragment->putUint8Array(bytes, static_cast<unsigned long>(codestream.size())).bad())
    throw_damaged();
  sequence->insert(fragment.release());
  return sequence;
}

// A data set that says what the codestream's header does: DCMTK refuses all else, such as 8-bit
// streams in 16 allocated bits.
std::unique_ptr<DcmDataset> data_set_of(const JpegHeader& header) {
  auto data_set = std::make_unique<DcmDataset>();
  put_number(*data_set, DCM_Rows, header.shape.rows);
  put_number(*data_set, DCM_Columns, header.shape.columns);
  put_number(*data_set, DCM_SamplesPerPixel, header.shape.samples);
  put_number(*data_set, DCM_BitsAllocated, header.shape.bits <= 8 ? 8 : 16);
  put_number(*data_set, DCM_BitsStored, header.shape.bits);
  put_number(*data_set, DCM_HighBit, header.shape.bits - 1);
  put_number(*data_set, DCM_PixelRepresentation, 0);
  if (header.shape.samples > 1) put_number(*data_set, DCM_PlanarConfiguration, 0);
  auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
  pixels->putOriginalRepresentation(EXS_JPEGLSLossless, nullptr,
                                    one_fragment(header.codestream).release());
  if (data_set->insert(pixels.release()).bad()) throw_damaged();
  return data_set;
}

template <class Word>
std::vector<uint16_t> first_values(const Word* words, unsigned long count, std::size_t wanted) {
  if (words == nullptr || count < wanted) throw_damaged();
  return {words, words + wanted};
}

}  // namespace

Frame decode_jpeg_ls_frame(const std::string& codestream, const FrameShape& data_set) {
  const JpegHeader header = read_jpeg_header(codestream, JpegKind::jpeg_ls);
  require_same_shape(kSubject, header.shape, data_set);
  require_plausible_size(kSubject, codestream.size(), static_cast<int64_t>(data_set.pixels()),
                         kBestCompression);
  const auto decoded = data_set_of(header);
  if (decoded->chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad()) throw_damaged();
  Frame frame{.values = {}, .bits = header.shape.bits, .colour = FrameColour::unstated};
  unsigned long count = 0;
  const Uint8* bytes = nullptr;
  const Uint16* words = nullptr;
  if (header.shape.bits <= 8) {
    decoded->findAndGetUint8Array(DCM_PixelData, bytes, &count);
    frame.values = first_values(bytes, count, data_set.values());
  } else {
    decoded->findAndGetUint16Array(DCM_PixelData, words, &count);
    frame.values = first_values(words, count, data_set.values());
  }
  return frame;
}

}  // namespace cxrnet::imaging
