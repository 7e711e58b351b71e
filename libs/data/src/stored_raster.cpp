#include "stored_raster.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "stb_image_bounded.h"

namespace cxrnet::data {
namespace {

constexpr std::string_view kJpegStart = "\xFF\xD8\xFF";
constexpr std::string_view kJpegEnd = "\xFF\xD9";
constexpr std::string_view kPngStart = "\x89PNG\r\n\x1A\n";

[[noreturn]] void throw_damaged(const std::string& expected, const std::string& got) {
  throw Undecodable{Undecodable::Why::damaged, expected, got};
}

// The most codes that a table of the Huffman segment at `position` (its length field) lists.
std::size_t longest_huffman_table(std::string_view jpeg, std::size_t position) {
  constexpr std::size_t kHead =
      17;  // the table's class and number, then a count for each code length
  const auto byte = [&](std::size_t i) -> std::size_t {
    return i < jpeg.size() ? static_cast<unsigned char>(jpeg[i]) : 0;
  };
  const std::size_t end = position + (byte(position) << 8) + byte(position + 1);
  std::size_t longest = 0;
  for (position += 2; position < end;) {
    std::size_t codes = 0;
    for (std::size_t i = 1; i < kHead; ++i) codes += byte(position + i);
    longest = std::max(longest, codes);
    position += kHead + codes;
  }
  return longest;
}

// stb_image 2.27 writes past its arrays when a Huffman table (ITU-T T.81, B.2.4.2) lists more than
// 256 codes, and mistakes the 256th for its mark "not in the fast table". Encoders use 162. The two
// bytes of the marker stand in the file wherever the decoder may meet it.
void require_huffman_tables(std::string_view jpeg) {
  constexpr std::string_view kHuffmanTables = "\xFF\xC4";
  constexpr std::size_t kMaxCodes = 255;
  for (auto found = jpeg.find(kHuffmanTables); found != jpeg.npos;
       found = jpeg.find(kHuffmanTables, found + 1)) {
    const auto codes = longest_huffman_table(jpeg, found + kHuffmanTables.size());
    if (codes > kMaxCodes) {
      throw_damaged("Huffman tables of at most 255 codes", std::to_string(codes));
    }
  }
}

// The decoder fills the rest of a cut-off JPEG with grey and says nothing, so the end marker is
// checked here.
void require_known_format(std::string_view bytes) {
  if (bytes.empty()) throw Undecodable{Undecodable::Why::other_kind, "JPEG or PNG bytes", "none"};
  if (is_png(bytes)) return;
  if (!is_jpeg(bytes))
    throw Undecodable{Undecodable::Why::other_kind, "JPEG or PNG bytes", "another kind"};
  if (!bytes.ends_with(kJpegEnd)) throw_damaged("a whole JPEG", "one that is cut off");
  require_huffman_tables(bytes);
}

// The sides that the header says.
std::pair<std::size_t, std::size_t> bounded_sides(const unsigned char* data, int length,
                                                  int most_side) {
  int width = 0, height = 0, channels = 0;
  if (!stbi_info_from_memory(data, length, &width, &height, &channels))
    throw_damaged("a readable header", std::string(stbi_failure_reason()));
  if (width > most_side || height > most_side) {
    throw Undecodable{Undecodable::Why::too_large,
                      "sides of at most " + std::to_string(most_side) + " pixels",
                      std::to_string(width) + " x " + std::to_string(height)};
  }
  return {static_cast<std::size_t>(width), static_cast<std::size_t>(height)};
}

// What decoding may ask for in one piece: the file's bytes in a buffer that doubles, or four
// channels of 16 bits (a JPEG's come in blocks of up to 32 pixels) in one that doubles.
std::size_t most_decoder_bytes(std::size_t file, std::size_t width, std::size_t height) {
  constexpr std::size_t kBlock = 32, kSmallBuffers = std::size_t{1} << 16U;
  return 2 * file + 16 * (width + kBlock) * (height + kBlock) + kSmallBuffers;
}

// `load` is one of the decoder's functions, bound to how many channels are wanted.
template <class Value, class Load>
StoredRaster<Value> decode_stored(std::string_view bytes, int most_side, Load&& load) {
  require_known_format(bytes);
  if (bytes.size() > std::size_t{INT32_MAX})
    throw Undecodable{Undecodable::Why::too_large, "less than 2 GiB", "more"};
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const int length = static_cast<int>(bytes.size());
  const auto [width, height] = bounded_sides(data, length, most_side);
  const DecoderMemory memory(most_decoder_bytes(bytes.size(), width, height));
  StoredRaster<Value> raster;
  raster.pixels.reset(load(data, length, &raster.width, &raster.height, &raster.channels));
  if (!raster.pixels && memory.was_exceeded()) {
    throw_damaged("as many bytes as " + std::to_string(width) + " x " + std::to_string(height) +
                      " pixels take",
                  "a file that says it has more");
  }
  if (!raster.pixels) throw_damaged("decodable bytes", std::string(stbi_failure_reason()));
  return raster;
}

}  // namespace

void FreePixels::operator()(void* pixels) const { stbi_image_free(pixels); }

bool is_png(std::string_view bytes) { return bytes.starts_with(kPngStart); }
bool is_jpeg(std::string_view bytes) { return bytes.starts_with(kJpegStart); }

StoredRaster<unsigned char> decode_stored_8bit(std::string_view bytes, int most_side,
                                               bool fold_to_grey) {
  auto raster = decode_stored<unsigned char>(
      bytes, most_side, [&](const auto* data, int length, int* width, int* height, int* channels) {
        return stbi_load_from_memory(data, length, width, height, channels,
                                     fold_to_grey ? STBI_grey : STBI_default);
      });
  if (fold_to_grey) raster.channels = 1;
  return raster;
}

StoredRaster<unsigned short> decode_stored_16bit(std::string_view bytes, int most_side) {
  return decode_stored<unsigned short>(
      bytes, most_side, [](const auto* data, int length, int* width, int* height, int* channels) {
        return stbi_load_16_from_memory(data, length, width, height, channels, STBI_default);
      });
}

}  // namespace cxrnet::data
