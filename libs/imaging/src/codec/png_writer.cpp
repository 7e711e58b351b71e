#include "codec/png_writer.h"

#include <libdeflate.h>

#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

namespace cxrnet::imaging {
namespace {

// Portable Network Graphics, second edition, W3C 2003.
constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
constexpr char kGrey = 0;
constexpr char kColour = 2;
constexpr uint8_t kUp =
    2;  // a line's bytes less those above: X-rays change little from line to line
constexpr int kFastest = 1;

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const {
    libdeflate_free_compressor(compressor);
  }
};

libdeflate_compressor* compressor_of_this_thread() {
  thread_local const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
      libdeflate_alloc_compressor(kFastest));
  if (!compressor) throw std::bad_alloc();
  return compressor.get();
}

std::string big_endian(std::size_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

void append_chunk(std::string& file, std::string type_and_data) {
  constexpr std::size_t kTypeBytes = 4;
  file += big_endian(type_and_data.size() - kTypeBytes);
  file += type_and_data;
  file += big_endian(libdeflate_crc32(0, type_and_data.data(), type_and_data.size()));
}

// A line as the file has it: red first, the higher byte first.
void read_line(const cv::Mat& image, int row, std::vector<uint8_t>& line) {
  const auto* from = image.ptr<uint8_t>(row);
  if (image.type() == CV_8UC1) {
    line.assign(from, from + line.size());
  } else if (image.type() == CV_8UC3) {
    for (std::size_t i = 0; i < line.size(); i += 3) {
      line[i] = from[i + 2];
      line[i + 1] = from[i + 1];
      line[i + 2] = from[i];
    }
  } else {
    const auto* values = image.ptr<uint16_t>(row);
    for (std::size_t i = 0; i < line.size(); i += 2) {
      line[i] = static_cast<uint8_t>(values[i / 2] >> 8);
      line[i + 1] = static_cast<uint8_t>(values[i / 2]);
    }
  }
}

std::vector<uint8_t> filter(const cv::Mat& image) {
  std::vector<uint8_t> line(static_cast<std::size_t>(image.cols) * image.elemSize());
  std::vector<uint8_t> above(line.size(), 0);
  std::vector<uint8_t> filtered((line.size() + 1) * static_cast<std::size_t>(image.rows));
  auto* next = filtered.data();
  for (int row = 0; row < image.rows; ++row) {
    read_line(image, row, line);
    *next++ = kUp;
    for (std::size_t i = 0; i < line.size(); ++i)
      *next++ = static_cast<uint8_t>(line[i] - above[i]);
    line.swap(above);
  }
  return filtered;
}

std::string packed(const std::vector<uint8_t>& bytes, std::string type) {
  auto* const compressor = compressor_of_this_thread();
  const auto start = type.size();
  type.resize(start + libdeflate_zlib_compress_bound(compressor, bytes.size()));
  const auto written = libdeflate_zlib_compress(compressor, bytes.data(), bytes.size(),
                                                type.data() + start, type.size() - start);
  type.resize(start + written);
  return type;
}

}  // namespace

std::string write_png(const cv::Mat& image) {
  const auto bits = static_cast<char>(8 * image.elemSize1());
  const char colour = image.channels() == 3 ? kColour : kGrey;
  std::string file(kSignature);
  append_chunk(file, "IHDR" + big_endian(static_cast<std::size_t>(image.cols)) +
                         big_endian(static_cast<std::size_t>(image.rows)) + bits + colour +
                         std::string(3, '\0'));  // deflate, filtered, not interlaced
  append_chunk(file, packed(filter(image), "IDAT"));
  append_chunk(file, "IEND");
  return file;
}

}  // namespace cxrnet::imaging
