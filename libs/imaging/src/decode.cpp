#include "cxrnet/imaging/decode.h"

#include <opencv2/core.hpp>
#include <string>

#include "codec/foreign.h"
#include "codec/raster.h"
#include "cxrnet/core/error.h"
#include "cxrnet/imaging/dicom.h"
#include "grey/presentation.h"
#include "grey/value_range.h"

namespace cxrnet::imaging {
namespace {

GreyImage shown(const Raster& raster) {
  GreyPipeline pipeline;
  pipeline.stored_bits = std::max(raster.stored_bits, 8);
  pipeline.is_signed = raster.is_signed;
  pipeline.range = raster.stored_bits <= 8 ? RangeRule::as_stored : RangeRule::display_or_counts;
  pipeline.invert = raster.min_is_white;
  GreyImage image = present(raster.codes, pipeline);
  image.format = raster.format;
  image.stored_bits = raster.stored_bits;
  image.was_colour = raster.was_colour;
  return image;
}

void require_contrast(const GreyImage& image) {
  constexpr int kFewestLevels = 4;  // of 256, between the 1 and the 99 percentile
  const std::vector<int64_t> counts = count_codes(to_8bit(image), 8);
  std::vector<Occurrence> levels;
  for (std::size_t level = 0; level < counts.size(); ++level)
    levels.push_back({static_cast<double>(level), counts[level]});
  const ValueDistribution distribution(std::move(levels));
  if (distribution.at_fraction(0.99) - distribution.at_fraction(0.01) >= kFewestLevels) return;
  throw Error(ErrorCode::no_contrast,
              "image: expected a picture, got one (nearly) uniform grey; check the exposure "
              "or the export");
}

[[noreturn]] void throw_foreign(std::string_view bytes) {
  throw Error(ErrorCode::unsupported_format, "image: expected PNG, JPEG, TIFF, BMP or DICOM, got " +
                                                 std::string(foreign_kind(bytes)) +
                                                 "; convert it to one of these");
}

// A DICOM file's preamble may hold the header of another format (PS3.10 section 7.1), so its prefix
// decides; bare data sets have none and come last.
GreyImage decode_any(std::string_view bytes) {
  if (has_dicom_prefix(bytes)) return decode_dicom(bytes);
  if (const auto decoder = find_raster_decoder(bytes)) return shown((*decoder)(bytes));
  if (looks_like_dicom(bytes)) return decode_dicom(bytes);
  throw_foreign(bytes);
}

}  // namespace

void require_bounded_raster(std::string_view bytes) {
  bytes.starts_with("BM") ? require_bounded_bmp(bytes) : require_bounded_tiff(bytes);
}

GreyImage decode_image(std::string_view bytes) {
  if (bytes.empty()) {
    throw Error(ErrorCode::empty_input,
                "image: expected the bytes of a file, got none; fetch the file again");
  }
  GreyImage image = decode_any(bytes);
  require_contrast(image);
  return image;
}

cv::Mat to_8bit(const GreyImage& image) {
  if (image.pixels.depth() == CV_8U) return image.pixels;
  cv::Mat result;
  image.pixels.convertTo(result, CV_8U, 1.0 / 257.0);
  return result;
}

}  // namespace cxrnet::imaging
