#include "cxrnet/imaging/dicom.h"

#include <vector>

#include "dicom/admission.h"
#include "dicom/colour.h"
#include "dicom/file.h"
#include "dicom/grey.h"
#include "dicom/pixels.h"
#include "grey/presentation.h"

namespace cxrnet::imaging {
namespace {

// Grey by the pipeline of the data set.
GreyImage decode_monochrome(DcmDataset& data_set, StoredPixels& pixels) {
  const PixelLayout& layout = pixels.layout;
  const GreyReading reading = read_grey_pipeline(data_set, layout.stored_bits, layout.is_signed);
  GreyImage image = present(cv::Mat(layout.rows, layout.columns, CV_16UC1, pixels.codes.data()),
                            reading.pipeline);
  if (reading.polarity_disputed) image.doubts.push_back(Doubt::polarity);
  return image;
}

}  // namespace

GreyImage decode_dicom(std::string_view bytes) {
  const auto file = open_dicom(bytes);
  DcmDataset& data_set = file->data_set;
  const std::vector<Doubt> doubts = admit_radiograph(data_set);
  StoredPixels pixels = read_stored_pixels(*file, read_pixel_layout(data_set));
  GreyImage image;
  if (has_colour(data_set, pixels.layout)) {
    image.pixels = fold_colour(data_set, pixels);
    image.stored_bits = pixels.layout.stored_bits;
    image.was_colour = true;
  } else {
    image = decode_monochrome(data_set, pixels);
  }
  image.format = "dicom";
  image.doubts.insert(image.doubts.begin(), doubts.begin(), doubts.end());
  return image;
}

}  // namespace cxrnet::imaging
