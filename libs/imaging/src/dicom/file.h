// DICOM files in memory through DCMTK.
#pragma once

#include <dcmtk/config/osconfig.h>
// After osconfig.h.
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dctagkey.h>

#include <memory>
#include <string>
#include <string_view>

namespace cxrnet::imaging {

/// Parses a file or a bare data set. `bytes` must outlive the result. DCMTK's loggers are silenced
/// and its decoders registered on the first call. Errors: corrupt_image,
/// unsupported_transfer_syntax.
std::unique_ptr<DcmFileFormat> open_dicom(std::string_view bytes);

/// The attribute's first value without surrounding blanks; empty where it is absent.
std::string text_of(DcmItem& item, const DcmTagKey& tag);

}  // namespace cxrnet::imaging
