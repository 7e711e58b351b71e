#include "cxrnet/data/image_codec.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "cxrnet/core/error.h"
#include "stb_image_bounded.h"

namespace cxrnet::data {
namespace {

constexpr std::string_view kJpegStart = "\xFF\xD8\xFF";
constexpr std::string_view kJpegEnd = "\xFF\xD9";
constexpr std::string_view kPngStart = "\x89PNG\r\n\x1A\n";

struct FreePixels {
  void operator()(unsigned char* pixels) const { stbi_image_free(pixels); }
};

[[noreturn]] void throw_corrupt(const std::string& expected, const std::string& got) {
  throw Error(ErrorCode::corrupt_shard, "image: expected " + expected + ", got " + got +
                                            "; run prepare again to remake the shards");
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
      throw_corrupt("Huffman tables of at most 255 codes", std::to_string(codes));
    }
  }
}

// The decoder fills the rest of a cut-off JPEG with grey and says nothing, so the end marker is
// checked here.
void require_known_format(std::string_view bytes) {
  if (bytes.empty()) throw_corrupt("JPEG or PNG bytes", "none");
  if (bytes.starts_with(kPngStart)) return;
  if (!bytes.starts_with(kJpegStart)) throw_corrupt("JPEG or PNG bytes", "another kind");
  if (!bytes.ends_with(kJpegEnd)) throw_corrupt("a whole JPEG", "one that is cut off");
  require_huffman_tables(bytes);
}

void require_bounded(const unsigned char* data, int length) {
  int width = 0, height = 0, channels = 0;
  if (!stbi_info_from_memory(data, length, &width, &height, &channels)) {
    throw_corrupt("a readable header", std::string(stbi_failure_reason()));
  }
  if (width > kMaxShardImageSide || height > kMaxShardImageSide) {
    throw_corrupt("sides of at most " + std::to_string(kMaxShardImageSide) + " pixels",
                  std::to_string(width) + " x " + std::to_string(height));
  }
}

}  // namespace

at::Tensor decode_grey(std::string_view bytes) {
  require_known_format(bytes);
  if (bytes.size() > std::size_t{INT32_MAX}) throw_corrupt("less than 2 GiB", "more");
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const int length = static_cast<int>(bytes.size());
  require_bounded(data, length);
  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<unsigned char, FreePixels> pixels(
      stbi_load_from_memory(data, length, &width, &height, &channels, STBI_grey));
  if (!pixels) throw_corrupt("decodable bytes", std::string(stbi_failure_reason()));
  auto image = at::empty({height, width}, at::TensorOptions().dtype(at::kByte));
  std::memcpy(image.data_ptr<uint8_t>(), pixels.get(), static_cast<std::size_t>(width) * height);
  return image;
}

at::Tensor decode_mask(std::string_view bytes) { return decode_grey(bytes).ge(128); }

}  // namespace cxrnet::data
