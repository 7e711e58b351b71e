// Compressed pixel data as the byte stream that an encoder wrote.
#pragma once

#include <string>

#include "dicom/file.h"

namespace cxrnet::imaging {

/// The codestream of the only frame: all fragments after the offset table, joined (PS3.5 section
/// A.4). Empty when the data set holds none. Errors: multi_frame, when offset table or fragments
/// tell of more frames than one, or a frame that may be one fragment alone (RLE) has several.
std::string only_frame(DcmDataset& data_set, bool one_fragment);

}  // namespace cxrnet::imaging
