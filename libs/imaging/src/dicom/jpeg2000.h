// JPEG 2000 in DICOM by OpenJPEG, since DCMTK brings no decoder for it and GDCM's (which wraps the
// same library) stops the program by assertions on damaged data.
#pragma once

#include "dicom/pixels.h"

namespace cxrnet::imaging {

/// Replaces the data set's JPEG 2000 pixel data by native ones. Errors: corrupt_image,
/// unsupported_format.
void replace_jpeg2000(DcmDataset& dataset, const PixelLayout& layout);

}  // namespace cxrnet::imaging
