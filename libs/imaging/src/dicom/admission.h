// Which DICOM images are looked at: single-frame CR and DX in a frontal view.
#pragma once

#include "dicom/file.h"

namespace cxrnet::imaging {

/// Errors: wrong_modality, multi_frame, lateral_view, encrypted, no_pixels.
void require_frontal_radiograph(DcmDataset& dataset);

}  // namespace cxrnet::imaging
