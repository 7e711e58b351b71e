// DICOM files in memory through DCMTK.
#pragma once

#include <dcmtk/config/osconfig.h>
// After osconfig.h.
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dctagkey.h>

#include <memory>
#include <string>
#include <string_view>

namespace cxrnet::imaging {

/// A parsed data set, and the bytes that its long values still lie in where the file was deflated.
struct DicomFile {
  std::string inflated;
  DcmDataset data_set;
  E_TransferSyntax pixel_syntax = EXS_Unknown;  ///< by the meta header; elements may be in another
};

/// Parses a file or a bare data set whose outline has been checked first (structure.h). `bytes`
/// must outlive the result. DCMTK's loggers are silenced and its decoders registered on the first
/// call. Errors: corrupt_image, unsupported_transfer_syntax, image_too_small, image_too_large.
std::unique_ptr<DicomFile> open_dicom(std::string_view bytes);

/// The attribute's first value without surrounding blanks; empty where it is absent.
std::string text_of(DcmItem& item, const DcmTagKey& tag);

/// All values of the attribute, as they stand, with backslashes between them.
std::string all_text_of(DcmItem& item, const DcmTagKey& tag);

}  // namespace cxrnet::imaging
