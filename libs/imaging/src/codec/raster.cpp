#include "codec/raster.h"

#include <opencv2/imgproc.hpp>

namespace cxrnet::imaging {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view bytes;
  RasterDecoder decoder;
};

constexpr Signature kSignatures[] = {
    {"\x89PNG\r\n\x1a\n"sv, decode_png}, {"\xff\xd8\xff"sv, decode_jpeg},
    {"II\x2a\0"sv, decode_tiff},         {"MM\0\x2a"sv, decode_tiff},
    {"II\x2b\0"sv, decode_tiff},  // BigTIFF
    {"MM\0\x2b"sv, decode_tiff},         {"BM"sv, decode_bmp},
};

}  // namespace

std::optional<RasterDecoder> find_raster_decoder(std::string_view bytes) {
  for (const auto& signature : kSignatures) {
    if (bytes.starts_with(signature.bytes)) return signature.decoder;
  }
  return std::nullopt;
}

cv::Mat folded_to_grey(const cv::Mat& image) {
  if (image.channels() == 1) return image;
  cv::Mat grey;
  cv::cvtColor(image, grey, cv::COLOR_RGB2GRAY);
  return grey;
}

}  // namespace cxrnet::imaging
