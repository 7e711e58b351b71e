#include "codec/exif.h"

#include <opencv2/core.hpp>

#include "bounds/byte_reader.h"
#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

constexpr uint16_t kOrientationTag = 274;
constexpr std::size_t kEntryBytes = 12;

// The first directory's entry: tag, type, count, and a SHORT value in place.
int read_orientation(const ByteReader& reader) {
  const std::size_t directory = reader.u32(4);
  const int entries = reader.u16(directory);
  for (int i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + kEntryBytes * static_cast<std::size_t>(i);
    if (reader.u16(entry) == kOrientationTag) return reader.u16(entry + 8);
  }
  return 1;
}

}  // namespace

int exif_orientation(std::string_view block) {
  const Endian endian = block.starts_with("MM") ? Endian::big : Endian::little;
  try {
    return read_orientation(ByteReader(block, endian, "EXIF block"));
  } catch (const Error&) {
    return 1;
  }
}

cv::Mat upright(const cv::Mat& image, int orientation) {
  constexpr int kBoth = -1, kUpDown = 0, kLeftRight = 1;
  cv::Mat turned = image;
  if (orientation >= 5 && orientation <= 8) cv::transpose(image, turned);
  cv::Mat result;
  switch (orientation) {
    case 2:
    case 6:
      cv::flip(turned, result, kLeftRight);
      break;
    case 3:
    case 7:
      cv::flip(turned, result, kBoth);
      break;
    case 4:
    case 8:
      cv::flip(turned, result, kUpDown);
      break;
    default:
      result = turned;  // 1: upright; 5: the transposition alone
  }
  return result;
}

}  // namespace cxrnet::imaging
