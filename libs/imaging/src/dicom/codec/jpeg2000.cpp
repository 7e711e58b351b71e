// JPEG 2000 in DICOM by OpenJPEG, since DCMTK brings no decoder for it and GDCM's (which wraps the
// same library) stops the program by assertions on damaged data.
#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "bounds/byte_reader.h"
#include "bounds/image_limits.h"
#include "dicom/codec/frame.h"
#include "dicom/codec/jp2.h"

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

constexpr int64_t kMaxTiles = 1 << 14;

// Tiles between the grid's origin and the end of one side of the picture; at most kMaxTiles + 1.
int64_t tiles_along(const ByteReader& siz, std::size_t end_at) {
  const int64_t end = siz.u32(end_at), tile = siz.u32(end_at + 16), origin = siz.u32(end_at + 24);
  if (tile == 0 || origin >= end) throw_damaged();
  return std::min((end - origin + tile - 1) / tile, kMaxTiles + 1);
}

// The SIZ segment (ISO/IEC 15444-1, A.5.1). OpenJPEG takes memory by what it says: for the picture
// and, 6 KB each, for the tiles, of which each takes at least 14 bytes of a codestream.
FrameShape read_shape(std::string_view codestream) {
  constexpr std::size_t kTileHeader = 14;
  if (!codestream.starts_with("\xFF\x4F\xFF\x51")) throw_damaged();
  const ByteReader reader(codestream.substr(4), Endian::big, kSubject);
  const auto size_of = [&](std::size_t end_at, std::size_t start_at) {
    const int64_t size = int64_t{reader.u32(end_at)} - reader.u32(start_at);
    return static_cast<int>(std::clamp<int64_t>(size, 0, UINT16_MAX + 1));
  };
  FrameShape shape;
  shape.columns = size_of(4, 12);
  shape.rows = size_of(8, 16);
  shape.samples = reader.u16(36);
  for (int i = 0; i < shape.samples; ++i) {
    const std::size_t component = 38 + 3 * static_cast<std::size_t>(i);
    shape.bits = std::max(shape.bits, (reader.u8(component) & 0x7F) + 1);
    if (reader.u8(component + 1) != 1 || reader.u8(component + 2) != 1)
      throw_corrupt(kSubject, "every sample of each pixel", "some of them left out");
  }
  const int64_t tiles = tiles_along(reader, 4) * tiles_along(reader, 8);
  if (tiles > kMaxTiles || tiles > static_cast<int64_t>(codestream.size() / kTileHeader))
    throw_corrupt(kSubject, "as many tiles as it has data for", "more");
  return shape;
}

bool has_component_transform(const Codec& codec) {
  opj_codestream_info_v2_t* info = opj_get_cstr_info(codec.get());
  const bool has_transform = info != nullptr && info->m_default_tile_info.mct != 0;
  opj_destroy_cstr_info(&info);
  return has_transform;
}

struct Decoded {
  Image image;
  bool has_component_transform;
};

Decoded decode(std::string_view codestream) {
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
  const bool has_transform = has_component_transform(codec);
  if (opj_decode(codec.get(), stream.get(), image.get()) == OPJ_FALSE ||
      opj_end_decompress(codec.get(), stream.get()) == OPJ_FALSE) {
    throw_damaged();
  }
  return {std::move(image), has_transform};
}

std::vector<uint16_t> interleaved(const opj_image_t& image, const FrameShape& shape) {
  const auto samples = static_cast<std::size_t>(shape.samples);
  if (image.numcomps != samples) throw_damaged();
  std::vector<uint16_t> values(shape.values());
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const opj_image_comp_t& component = image.comps[sample];
    const bool is_whole = component.data != nullptr &&
                          component.w == static_cast<OPJ_UINT32>(shape.columns) &&
                          component.h == static_cast<OPJ_UINT32>(shape.rows);
    if (!is_whole) throw_damaged();
    for (std::size_t i = 0; i < shape.pixels(); ++i)
      values[i * samples + sample] = static_cast<uint16_t>(component.data[i]);
  }
  return values;
}

}  // namespace

Frame decode_jpeg2000_frame(const std::string& codestream, const FrameShape& data_set) {
  const Jp2Content content = unboxed_jp2(codestream);
  const FrameShape shape = read_shape(content.codestream);
  require_same_shape(kSubject, shape, data_set);
  require_plausible_size(kSubject, codestream.size(), static_cast<int64_t>(data_set.pixels()),
                         kBestCompression);
  const Decoded decoded = decode(content.codestream);
  // The transform's inverse, whether YBR_RCT or YBR_ICT, is part of decoding (PS3.5 section 8.2.4).
  return {.values = interleaved(*decoded.image, data_set),
          .bits = shape.bits,
          .colour = decoded.has_component_transform ? FrameColour::rgb : content.colour};
}

}  // namespace cxrnet::imaging
