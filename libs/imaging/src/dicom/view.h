// From which side an X-ray was taken, by what consoles write into View Position, by view codes and
// by the patient's orientation.
#pragma once

#include <string_view>

namespace cxrnet::imaging {

enum class View {
  unknown,
  frontal,
  oblique,
  lateral,
  several,  ///< frontal and lateral in one text, as names of protocols have it
};

/// View Position (PS3.3 C.8.1.1, C.8.11.5) or free text, whatever its case and spelling: `PA`,
/// `L LAT`, `LT LATERAL`, `left lateral`. A lateral decubitus is frontal: the patient lies, the
/// beam goes from front to back.
View view_in_words(std::string_view text);

/// Code Value of a View Code Sequence (PS3.16 CID 4010, in SNOMED CT or the older SNOMED RT).
View view_by_code(std::string_view code);

/// Patient Orientation (PS3.3 C.7.6.1.1.1), where rows and columns of the picture run to.
struct Orientation {
  View view = View::unknown;
  bool is_usual = true;  ///< false: a frontal view that is not shown as if facing the patient
};
Orientation orientation_of(std::string_view row, std::string_view column);

}  // namespace cxrnet::imaging
