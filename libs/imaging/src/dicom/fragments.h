// Compressed pixel data as the byte stream that an encoder wrote.
#pragma once

#include <string>

#include "dicom/file.h"

namespace cxrnet::imaging {

/// The codestream of the only frame: all fragments after the offset table, joined (PS3.5 section
/// A.4). Empty when the data set holds none.
std::string joined_fragments(DcmDataset& dataset);

}  // namespace cxrnet::imaging
