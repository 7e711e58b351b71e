#include "dicom/jpeg2000.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "bounds/image_limits.h"
#include "dicom/fragments.h"

namespace cxrnet::imaging {
namespace {

constexpr std::string_view kSubject = "JPEG 2000 pixels";
constexpr int64_t kBestCompression = 1 << 16;  // pixels per byte, that of a blank picture

// The bytes as a stream that OpenJPEG reads from.
struct Source {
  std::string_view bytes;
  std::size_t position = 0;
};

constexpr OPJ_SIZE_T kEndOfStream = static_cast<OPJ_SIZE_T>(-1);

OPJ_SIZE_T read_bytes(void* target, OPJ_SIZE_T length, void* data) {
  auto& source = *static_cast<Source*>(data);
  const std::size_t count = std::min<std::size_t>(length, source.bytes.size() - source.position);
  if (count == 0) return kEndOfStream;
  std::memcpy(target, source.bytes.data() + source.position, count);
  source.position += count;
  return count;
}

OPJ_BOOL seek(OPJ_OFF_T offset, void* data) {
  auto& source = *static_cast<Source*>(data);
  if (offset < 0 || static_cast<std::size_t>(offset) > source.bytes.size()) return OPJ_FALSE;
  source.position = static_cast<std::size_t>(offset);
  return OPJ_TRUE;
}

OPJ_OFF_T skip(OPJ_OFF_T length, void* data) {
  auto& source = *static_cast<Source*>(data);
  return seek(static_cast<OPJ_OFF_T>(source.position) + length, data) != OPJ_FALSE ? length : -1;
}

using Stream = std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)>;
using Codec = std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)>;
using Image = std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)>;

[[noreturn]] void throw_damaged() {
  throw_corrupt(kSubject, "a complete codestream", "missing or invalid data");
}

Stream make_stream(Source& source) {
  Stream stream(opj_stream_default_create(OPJ_TRUE), opj_stream_destroy);
  opj_stream_set_user_data(stream.get(), &source, nullptr);
  opj_stream_set_user_data_length(stream.get(), source.bytes.size());
  opj_stream_set_read_function(stream.get(), read_bytes);
  opj_stream_set_seek_function(stream.get(), seek);
  opj_stream_set_skip_function(stream.get(), skip);
  return stream;
}

// The codestream states its own size, for which OpenJPEG takes memory: it must be the data set's.
void require_same_size(const opj_image_t& image, const PixelLayout& layout) {
  const bool same = image.x1 - image.x0 == static_cast<OPJ_UINT32>(layout.columns) &&
                    image.y1 - image.y0 == static_cast<OPJ_UINT32>(layout.rows) &&
                    image.numcomps == static_cast<OPJ_UINT32>(layout.samples);
  if (!same) throw_corrupt(kSubject, "the size that the data set states", "another");
  for (OPJ_UINT32 i = 0; i < image.numcomps; ++i) {
    const opj_image_comp_t& component = image.comps[i];
    if (component.dx != 1 || component.dy != 1 ||
        component.prec > static_cast<OPJ_UINT32>(layout.allocated_bits)) {
      throw_corrupt(kSubject, "every sample, within the allocated bits", "another layout");
    }
  }
}

Image decode(std::string_view codestream, const PixelLayout& layout) {
  Source source{codestream};
  const Stream stream = make_stream(source);
  const Codec codec(opj_create_decompress(OPJ_CODEC_J2K), opj_destroy_codec);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  opj_image_t* header = nullptr;
  if (opj_setup_decoder(codec.get(), &parameters) == OPJ_FALSE ||
      opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE) == OPJ_FALSE ||
      opj_read_header(stream.get(), codec.get(), &header) == OPJ_FALSE) {
    throw_damaged();
  }
  Image image(header, opj_image_destroy);
  require_same_size(*image, layout);
  if (opj_decode(codec.get(), stream.get(), image.get()) == OPJ_FALSE ||
      opj_end_decompress(codec.get(), stream.get()) == OPJ_FALSE) {
    throw_damaged();
  }
  return image;
}

// Samples side by side, as native pixel data hold them.
template <class Word>
std::vector<Word> interleaved(const opj_image_t& image, const PixelLayout& layout) {
  const auto samples = static_cast<std::size_t>(layout.samples);
  std::vector<Word> words(layout.pixels() * samples);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const OPJ_INT32* values = image.comps[sample].data;
    if (values == nullptr) throw_damaged();
    for (std::size_t i = 0; i < layout.pixels(); ++i)
      words[i * samples + sample] = static_cast<Word>(values[i]);
  }
  return words;
}

}  // namespace

void replace_jpeg2000(DcmDataset& dataset, const PixelLayout& layout) {
  const std::string codestream = joined_fragments(dataset);
  require_plausible_size(kSubject, codestream.size(), static_cast<int64_t>(layout.pixels()),
                         kBestCompression);
  const Image image = decode(codestream, layout);
  dataset.findAndDeleteElement(DCM_PixelData);
  OFCondition status;
  if (layout.allocated_bits == 8) {
    const auto bytes = interleaved<Uint8>(*image, layout);
    status = dataset.putAndInsertUint8Array(DCM_PixelData, bytes.data(), bytes.size());
  } else {
    const auto words = interleaved<Uint16>(*image, layout);
    status = dataset.putAndInsertUint16Array(DCM_PixelData, words.data(), words.size());
  }
  if (status.bad()) throw_damaged();
}

}  // namespace cxrnet::imaging
