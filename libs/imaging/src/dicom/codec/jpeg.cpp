// JPEG in DICOM by DCMTK's copies of the IJG library, which know lossless and 9- to 16-bit streams.
#include <dcmtk/config/osconfig.h>
// After osconfig.h.
#include <dcmtk/dcmjpeg/djcparam.h>
#include <dcmtk/dcmjpeg/djdijg12.h>
#include <dcmtk/dcmjpeg/djdijg16.h>
#include <dcmtk/dcmjpeg/djdijg8.h>

#include <algorithm>
#include <atomic>

#include "bounds/image_limits.h"
#include "dicom/codec/jpeg_header.h"

namespace cxrnet::imaging {
namespace {

constexpr std::string_view kSubject = "JPEG pixels";
constexpr int64_t kBestLossyCompression = 512;   // pixels per byte: at least a bit a block
constexpr int64_t kBestLosslessCompression = 8;  // at least a bit a sample

[[noreturn]] void throw_damaged() {
  throw_corrupt(kSubject, "complete and valid data", "missing or invalid ones");
}

// The library warns where it makes up pixels for missing or invalid data, and where stray bytes
// follow the last row, which do no harm: by then the mark at the end of `output` has been written
// over.
template <class Decoder>
class StrictDecoder : public Decoder {
 public:
  StrictDecoder(const DJCodecParameter& parameters, std::vector<Uint8>& output)
      : Decoder(parameters, OFFalse), output_(output) {}

  void emitMessage(int level) const override {
    if (level < 0 && !is_full()) is_damaged_ = true;
  }
  bool is_damaged() const { return is_damaged_; }

  static constexpr std::string_view kMark = "end of the rows";  // shorter than the shortest row

 private:
  bool is_full() const {
    return !std::equal(kMark.rbegin(), kMark.rend(), output_.rbegin(),
                       [](char mark, Uint8 byte) { return static_cast<Uint8>(mark) == byte; });
  }

  std::vector<Uint8>& output_;
  mutable bool is_damaged_ = false;
};

template <class Decoder>
std::vector<Uint8> decode(JpegHeader& header, std::size_t bytes) {
  const DJCodecParameter parameters(ECC_lossyYCbCr, EDC_never, EUC_never, EPC_colorByPixel);
  std::vector<Uint8> output(bytes);
  const std::string_view mark = StrictDecoder<Decoder>::kMark;
  std::copy(mark.rbegin(), mark.rend(), output.rbegin());
  StrictDecoder<Decoder> decoder(parameters, output);
  auto* input = reinterpret_cast<Uint8*>(header.codestream.data());
  if (decoder.init().bad() ||
      decoder
          .decode(input, static_cast<Uint32>(header.codestream.size()), output.data(),
                  static_cast<Uint32>(output.size()), OFFalse)
          .bad() ||
      decoder.is_damaged()) {
    throw_damaged();
  }
  return output;
}

std::vector<uint16_t> as_words(const std::vector<Uint8>& bytes) {
  return {bytes.begin(), bytes.end()};
}

std::vector<uint16_t> paired(const std::vector<Uint8>& bytes) {
  std::vector<uint16_t> words(bytes.size() / sizeof(uint16_t));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<Uint8*>(words.data()));
  return words;
}

}  // namespace

Frame decode_jpeg_frame(const std::string& codestream, const FrameShape& data_set) {
  JpegHeader header = read_jpeg_header(codestream, JpegKind::jpeg);
  require_same_shape(kSubject, header.shape, data_set);
  require_plausible_size(kSubject, codestream.size(), static_cast<int64_t>(data_set.pixels()),
                         header.is_lossless ? kBestLosslessCompression : kBestLossyCompression);
  const int bits = header.shape.bits;
  const std::size_t values = data_set.values();
  Frame frame{.values = {}, .bits = bits, .colour = header.colour};
  if (bits <= 8) {
    frame.values = as_words(decode<DJDecompressIJG8Bit>(header, values));
  } else if (bits <= 12) {
    frame.values = paired(decode<DJDecompressIJG12Bit>(header, values * sizeof(uint16_t)));
  } else {
    frame.values = paired(decode<DJDecompressIJG16Bit>(header, values * sizeof(uint16_t)));
  }
  return frame;
}

}  // namespace cxrnet::imaging
