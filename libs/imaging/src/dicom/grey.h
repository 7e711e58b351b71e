// The grey pipeline that a DICOM data set asks for.
#pragma once

#include "dicom/file.h"
#include "grey/display_lut.h"

namespace cxrnet::imaging {

struct GreyReading {
  GreyPipeline pipeline;
  bool polarity_disputed;  ///< Presentation LUT Shape contradicts Photometric Interpretation
};

/// Reads modality LUT, VOI, padding and polarity. Unusable values (a rescale slope of 0, a window
/// without width, an empty table) are treated as absent, as viewers do; see ADR-012.
GreyReading read_grey_pipeline(DcmDataset& dataset, int stored_bits, bool is_signed);

}  // namespace cxrnet::imaging
