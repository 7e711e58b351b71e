// The outline of a DICOM file, told from its bytes before DCMTK parses them: DCMTK recurses into
// every sequence that a file opens and takes memory for every element that it states.
#pragma once

#include <dcmtk/config/osconfig.h>
// After osconfig.h.
#include <dcmtk/dcmdata/dcxfer.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "dicom/elements.h"

namespace cxrnet::imaging {

inline constexpr std::size_t kMaxSequenceDepth = 64;   ///< X-rays need about four
inline constexpr std::size_t kMaxElements = 200'000;   ///< with items and fragments; X-rays: 1,000
inline constexpr std::size_t kMaxHeadBytes = 1 << 24;  ///< of a deflated data set before its pixels

/// Where the data set begins and how it is encoded.
struct DataSetPlace {
  std::size_t start = 0;
  E_TransferSyntax syntax = EXS_Unknown;
};

/// Steps over preamble and meta header. Without a transfer syntax there the first element tells.
/// Errors: corrupt_image, unsupported_transfer_syntax.
DataSetPlace find_data_set(std::string_view bytes);

/// In which the elements are really written: some writers of little endian mistake explicit for
/// implicit VR in the meta header. Two letters where the first element's VR would stand tell.
E_TransferSyntax element_syntax(std::string_view data_set, E_TransferSyntax stated);

/// Walks through all elements, items and fragments without recursion, in the way that DCMTK does,
/// and returns the length of the elements that are complete. What is left out after the pixel
/// data: 1 to 7 bytes, which can be no element, or zeros. Errors: corrupt_image.
std::size_t checked_length(std::string_view data_set, E_TransferSyntax syntax);

/// The same walk with a visitor of the elements of the outermost level; it ends the walk by false.
using ElementVisitor = std::function<bool(const ElementHeader&)>;
std::size_t visit_elements(std::string_view data_set, E_TransferSyntax syntax,
                           const ElementVisitor& visit);

/// The data set of a deflated file (PS3.5 section A.5), inflated to no more than its own Rows and
/// Columns call for. Errors: corrupt_image, image_too_small, image_too_large.
std::string inflated(std::string_view deflated);

}  // namespace cxrnet::imaging
