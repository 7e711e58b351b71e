// The grey pipeline that a DICOM data set asks for.
#pragma once

#include "dicom/file.h"
#include "grey/display_lut.h"

namespace cxrnet::imaging {

/// Reads modality LUT, VOI, padding and photometric interpretation. Unusable values (a rescale
/// slope of 0, a window without width, an empty table) are treated as absent, as viewers do.
/// Errors: corrupt_image.
GreyPipeline read_grey_pipeline(DcmDataset& dataset, int stored_bits, bool is_signed);

}  // namespace cxrnet::imaging
