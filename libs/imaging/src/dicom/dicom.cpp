#include "cxrnet/imaging/dicom.h"

#include <dcmtk/config/osconfig.h>
// After osconfig.h.
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmimage/diregist.h>
#include <dcmtk/dcmimgle/dcmimage.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "bounds/image_limits.h"
#include "cxrnet/core/error.h"
#include "dicom/admission.h"
#include "dicom/file.h"
#include "dicom/grey.h"
#include "dicom/pixels.h"

namespace cxrnet::imaging {
namespace {

bool is_upper(char letter) { return letter >= 'A' && letter <= 'Z'; }

// Grey by the pipeline of the data set.
cv::Mat decode_monochrome(DcmDataset& dataset, const PixelLayout& layout,
                          const GreyPipeline& pipeline) {
  const std::vector<uint16_t> codes = stored_codes(dataset, layout);
  std::vector<bool> is_used(std::size_t{1} << layout.stored_bits);
  for (const uint16_t code : codes) is_used[code] = true;
  const std::vector<uint16_t> lut = build_display_lut(pipeline, is_used);
  cv::Mat image(layout.rows, layout.columns, CV_16UC1);
  std::transform(codes.begin(), codes.end(), image.begin<uint16_t>(),
                 [&](uint16_t code) { return lut[code]; });
  if (layout.stored_bits <= 8) image.convertTo(image, CV_8U, 1.0 / 257.0);
  return image;
}

// RGB, YBR and palette colour through DCMTK, whose monochrome image is Rec. 601 luma.
cv::Mat fold_colour(DcmFileFormat& file, const PixelLayout& layout) {
  const DicomImage colour(file.getDataset(), EXS_LittleEndianExplicit);
  std::unique_ptr<DicomImage> grey;
  if (colour.getStatus() == EIS_Normal) grey.reset(colour.createMonochromeImage());
  cv::Mat image(layout.rows, layout.columns, CV_8UC1);
  if (grey == nullptr || grey->getStatus() != EIS_Normal ||
      grey->getOutputData(image.data, image.total(), 8) == 0) {
    throw Error(ErrorCode::unsupported_colour,
                "DICOM colour: expected grey, RGB, YBR or palette colour, got another model; send "
                "a grey image");
  }
  return image;
}

}  // namespace

bool looks_like_dicom(std::string_view bytes) {
  constexpr std::size_t kPreamble = 128;
  if (bytes.size() >= kPreamble + 4 && bytes.substr(kPreamble, 4) == "DICM") return true;
  // A bare data set starts with group 0002 or 0008 and, little endian, an explicit or implicit
  // element of it.
  if (bytes.size() < 8) return false;
  const bool group_fits = (bytes[0] == 2 || bytes[0] == 8) && bytes[1] == 0 && bytes[3] == 0;
  const bool is_explicit = is_upper(bytes[4]) && is_upper(bytes[5]);
  const bool is_implicit = bytes[6] == 0 && bytes[7] == 0;
  return group_fits && (is_explicit || is_implicit);
}

GreyImage decode_dicom(std::string_view bytes) {
  const auto file = open_dicom(bytes);
  DcmDataset& dataset = *file->getDataset();
  require_frontal_radiograph(dataset);
  const PixelLayout layout = read_pixel_layout(dataset);
  decompress(dataset, layout);

  const std::string photometric = text_of(dataset, DCM_PhotometricInterpretation);
  const bool is_monochrome = layout.samples == 1 && photometric != "PALETTE COLOR";
  GreyImage image;
  image.format = "dicom";
  image.stored_bits = layout.stored_bits;
  image.was_colour = !is_monochrome;
  if (is_monochrome) {
    const GreyPipeline pipeline = read_grey_pipeline(dataset, layout.stored_bits, layout.is_signed);
    image.pixels = decode_monochrome(dataset, layout, pipeline);
    image.inverted = pipeline.invert;
  } else {
    image.pixels = fold_colour(*file, layout);
  }
  return image;
}

}  // namespace cxrnet::imaging
