// Which DICOM images are looked at: single-frame projection X-rays of the chest in a frontal view.
#pragma once

#include <vector>

#include "cxrnet/imaging/decode.h"
#include "dicom/file.h"

namespace cxrnet::imaging {

/// Refuses what certainly is something else and returns what makes the rest doubtful. Errors:
/// wrong_modality, multi_frame, lateral_view, not_chest, encrypted, no_pixels.
std::vector<Doubt> admit_radiograph(DcmDataset& data_set);

}  // namespace cxrnet::imaging
