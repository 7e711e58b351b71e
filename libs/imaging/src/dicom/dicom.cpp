#include "cxrnet/imaging/dicom.h"

#include <algorithm>
#include <vector>

#include "dicom/admission.h"
#include "dicom/colour.h"
#include "dicom/file.h"
#include "dicom/grey.h"
#include "dicom/pixels.h"

namespace cxrnet::imaging {
namespace {

// Grey by the pipeline of the data set.
cv::Mat decode_monochrome(const StoredPixels& pixels, const GreyPipeline& pipeline) {
  const PixelLayout& layout = pixels.layout;
  std::vector<bool> is_used(std::size_t{1} << layout.stored_bits);
  for (const uint16_t code : pixels.codes) is_used[code] = true;
  const std::vector<uint16_t> lut = build_display_lut(pipeline, is_used);
  cv::Mat image(layout.rows, layout.columns, CV_16UC1);
  std::transform(pixels.codes.begin(), pixels.codes.end(), image.begin<uint16_t>(),
                 [&](uint16_t code) { return lut[code]; });
  if (layout.stored_bits <= 8) image.convertTo(image, CV_8U, 1.0 / 257.0);
  return image;
}

}  // namespace

GreyImage decode_dicom(std::string_view bytes) {
  const auto file = open_dicom(bytes);
  DcmDataset& data_set = file->data_set;
  GreyImage image;
  image.format = "dicom";
  image.doubts = admit_radiograph(data_set);
  const StoredPixels pixels = read_stored_pixels(data_set, read_pixel_layout(data_set));
  const PixelLayout& layout = pixels.layout;
  image.stored_bits = layout.stored_bits;
  image.was_colour = has_colour(data_set, layout);
  if (image.was_colour) {
    image.pixels = fold_colour(data_set, pixels);
  } else {
    const auto pipeline = read_grey_pipeline(data_set, layout.stored_bits, layout.is_signed);
    image.pixels = decode_monochrome(pixels, pipeline);
    image.inverted = pipeline.invert;
  }
  return image;
}

}  // namespace cxrnet::imaging
