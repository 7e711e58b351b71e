// Which part of the body an X-ray shows, by what consoles write.
#pragma once

#include <string_view>

namespace cxrnet::imaging {

enum class BodyPart {
  unknown,  ///< nothing is said
  chest,
  doubtful,  ///< beside the chest or with it, the trunk, or words that are not known here
  other,
};

/// Body Part Examined (PS3.16 annex L), a code meaning of an anatomic region (PS3.16 CID 4009), or
/// free text, whatever its case and spelling.
BodyPart body_part_in_words(std::string_view text);

/// Code Value of an Anatomic Region Sequence: the chest and what lies in it; unknown for others.
BodyPart body_part_by_code(std::string_view code);

}  // namespace cxrnet::imaging
