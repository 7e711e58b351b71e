#include "dicom/structure.h"

#include <dcmtk/dcmdata/dcdeftag.h>

#include <algorithm>
#include <vector>

#include "bounds/image_limits.h"
#include "cxrnet/core/error.h"
#include "cxrnet/imaging/dicom.h"
#include "dicom/elements.h"

namespace cxrnet::imaging {
namespace {

constexpr std::string_view kFileSubject = "DICOM file";
constexpr std::size_t kPreamble = 128;
constexpr std::string_view kPrefix = "DICM";
constexpr std::size_t kShortestHeader = 8;

[[noreturn]] void throw_broken() {
  throw_corrupt(kFileSubject, "a complete data set", "an early end or a broken element");
}

bool is_upper(char letter) { return letter >= 'A' && letter <= 'Z'; }

bool is_explicit_at(std::string_view bytes, std::size_t offset) {
  return offset + kShortestHeader <= bytes.size() && is_upper(bytes[offset + 4]) &&
         is_upper(bytes[offset + 5]);
}

// Without a transfer syntax: a group number that is small in one byte order only, and two letters
// where a VR would stand.
E_TransferSyntax guessed_syntax(std::string_view bytes, std::size_t offset) {
  if (!is_explicit_at(bytes, offset)) return EXS_LittleEndianImplicit;
  const bool is_big = bytes[offset] == 0 && bytes[offset + 1] != 0;
  return is_big ? EXS_BigEndianExplicit : EXS_LittleEndianExplicit;
}

E_TransferSyntax known_syntax(std::string_view uid) {
  const std::string text(uid.substr(0, uid.find_last_not_of(std::string_view(" \0", 2)) + 1));
  const E_TransferSyntax syntax = DcmXfer(text.c_str()).getXfer();
  if (syntax != EXS_Unknown) return syntax;
  throw Error(ErrorCode::unsupported_transfer_syntax,
              "DICOM pixel encoding: expected a standard transfer syntax, got an unknown one; have "
              "the sender convert it to Explicit VR Little Endian");
}

// A sequence, an item or the fragments of pixel data that the walk is in.
struct Container {
  enum class Kind { sequence, item, fragments };
  Kind kind;
  std::size_t end;  // kOpen: a delimiter ends it
  ElementEncoding encoding;
  bool is_guess = false;  // an unknown value that begins as a sequence does
};
constexpr std::size_t kOpen = static_cast<std::size_t>(-1);

class Walk {
 public:
  Walk(std::string_view bytes, ElementEncoding encoding, const ElementVisitor& visit)
      : bytes_(bytes), encoding_(encoding), visit_(visit) {}

  std::size_t complete_length() {
    while (!is_stopped_ && !at_end()) {
      if (++elements_ > kMaxElements) {
        throw_corrupt(kFileSubject, "at most " + std::to_string(kMaxElements) + " elements",
                      "more");
      }
      if (!step()) give_up_guess();
    }
    return position_;
  }

 private:
  // Leaves containers that are complete; true at the end of the data set.
  bool at_end() {
    while (!inside_.empty() && inside_.back().end == position_) inside_.pop_back();
    if (!inside_.empty()) return false;
    const std::string_view rest = bytes_.substr(position_);
    if (rest.empty()) return true;
    if (!has_pixels_) return false;
    return rest.size() < kShortestHeader || rest.find_first_not_of('\0') == rest.npos;
  }

  // One element, item or delimiter; false when it breaks the rules.
  bool step() {
    const bool among_items = !inside_.empty() && inside_.back().kind != Container::Kind::item;
    const auto header = read_element_header(bytes_.substr(0, limit()), position_, encoding());
    if (!header) return false;
    if (among_items) return step_item(*header);
    if (header->tag == DCM_ItemDelimitationItem) return close(*header);
    if (header->tag.getGroup() == DCM_Item.getGroup()) return false;
    return step_element(*header);
  }

  bool step_item(const ElementHeader& header) {
    if (header.tag == DCM_SequenceDelimitationItem) return close(header);
    if (header.tag != DCM_Item) return false;
    const bool is_fragment = inside_.back().kind == Container::Kind::fragments;
    if (is_fragment) return skip(header);
    return open(header, Container::Kind::item, encoding());
  }

  bool step_element(const ElementHeader& header) {
    const bool is_pixels = header.tag == DCM_PixelData;
    if (inside_.empty()) {
      has_pixels_ = has_pixels_ || is_pixels;
      is_stopped_ = !visit_(header);
      if (is_stopped_) return true;
    }
    if (header.is_undefined()) {
      const bool is_binary = header.vr != EVR_SQ && header.vr != EVR_UN && header.vr != EVR_UNKNOWN;
      if (is_pixels && is_binary) return open(header, Container::Kind::fragments, encoding());
      // Of unknown VR: a sequence in implicit VR little endian (PS3.5 section 6.2.2).
      const bool is_unknown = encoding().is_explicit && header.vr != EVR_SQ;
      return open(header, Container::Kind::sequence,
                  is_unknown ? ElementEncoding{false, Endian::little} : encoding());
    }
    if (header.vr == EVR_SQ) return open(header, Container::Kind::sequence, encoding());
    if (may_be_private_sequence(header)) {
      if (!open(header, Container::Kind::sequence, encoding())) return false;
      inside_.back().is_guess = true;
      return true;
    }
    return skip(header);
  }

  // Implicit VR does not tell sequences of defined length; DCMTK knows many private ones.
  bool may_be_private_sequence(const ElementHeader& header) const {
    if (encoding().is_explicit || header.length < kShortestHeader) return false;
    if (header.vr != EVR_UN && header.vr != EVR_UNKNOWN && header.vr != EVR_UNKNOWN2B) return false;
    const auto first = read_element_header(bytes_.substr(0, limit()), header.value_at, encoding());
    return first && first->tag == DCM_Item;
  }

  bool fits(const ElementHeader& header) const {
    return header.value_at <= limit() && header.length <= limit() - header.value_at;
  }

  bool skip(const ElementHeader& header) {
    if (header.is_undefined() || !fits(header)) return false;
    position_ = header.value_at + header.length;
    return true;
  }

  bool open(const ElementHeader& header, Container::Kind kind, ElementEncoding encoding) {
    if (!header.is_undefined() && !fits(header)) return false;
    inside_.push_back({.kind = kind,
                       .end = header.is_undefined() ? kOpen : header.value_at + header.length,
                       .encoding = encoding});
    position_ = header.value_at;
    const auto depth = std::count_if(inside_.begin(), inside_.end(), [](const Container& one) {
      return one.kind == Container::Kind::sequence;
    });
    if (static_cast<std::size_t>(depth) > kMaxSequenceDepth) {
      throw_corrupt(kFileSubject,
                    "at most " + std::to_string(kMaxSequenceDepth) + " sequences in each other",
                    "more");
    }
    return true;
  }

  bool close(const ElementHeader& header) {
    if (inside_.empty() || inside_.back().end != kOpen) return false;
    inside_.pop_back();
    position_ = header.value_at;
    return true;
  }

  // What was broken lies in a value that only looked like a sequence: it is stepped over.
  void give_up_guess() {
    const auto guess = std::find_if(inside_.begin(), inside_.end(),
                                    [](const Container& one) { return one.is_guess; });
    if (guess == inside_.end()) throw_broken();
    position_ = guess->end;
    inside_.erase(guess, inside_.end());
  }

  // No element reaches beyond the innermost container that states its length.
  std::size_t limit() const {
    for (auto one = inside_.rbegin(); one != inside_.rend(); ++one)
      if (one->end != kOpen) return one->end;
    return bytes_.size();
  }

  ElementEncoding encoding() const { return inside_.empty() ? encoding_ : inside_.back().encoding; }

  std::string_view bytes_;
  ElementEncoding encoding_;
  const ElementVisitor& visit_;
  std::size_t position_ = 0;
  std::size_t elements_ = 0;
  bool has_pixels_ = false;
  bool is_stopped_ = false;
  std::vector<Container> inside_;
};

}  // namespace

bool has_dicom_prefix(std::string_view bytes) {
  return bytes.size() >= kPreamble + kPrefix.size() &&
         bytes.substr(kPreamble, kPrefix.size()) == kPrefix;
}

bool looks_like_dicom(std::string_view bytes) {
  if (has_dicom_prefix(bytes)) return true;
  // A bare data set starts with group 0002 or 0008 and, little endian, an explicit or implicit
  // element of it.
  if (bytes.size() < 8) return false;
  const bool group_fits = (bytes[0] == 2 || bytes[0] == 8) && bytes[1] == 0 && bytes[3] == 0;
  const bool is_explicit = is_upper(bytes[4]) && is_upper(bytes[5]);
  const bool is_implicit = bytes[6] == 0 && bytes[7] == 0;
  return group_fits && (is_explicit || is_implicit);
}

DataSetPlace find_data_set(std::string_view bytes) {
  constexpr uint16_t kMetaGroup = 0x0002;
  std::size_t position = has_dicom_prefix(bytes) ? kPreamble + kPrefix.size() : 0;
  const ElementEncoding encoding{is_explicit_at(bytes, position), Endian::little};
  std::size_t stated_end = kOpen;  // by the group length
  E_TransferSyntax syntax = EXS_Unknown;
  while (true) {
    // A deflated data set may begin with any two bytes.
    if (syntax == EXS_DeflatedLittleEndianExplicit && position == stated_end) break;
    const auto header = read_element_header(bytes, position, encoding);
    if (!header || header->tag.getGroup() != kMetaGroup) break;
    if (header->is_undefined() || header->length > bytes.size() - header->value_at) throw_broken();
    position = header->value_at + header->length;
    const std::string_view value = bytes.substr(header->value_at, header->length);
    if (header->tag == DCM_FileMetaInformationGroupLength && value.size() == sizeof(uint32_t)) {
      stated_end = position + ByteReader(value, Endian::little, kFileSubject).u32(0);
    }
    if (header->tag == DCM_TransferSyntaxUID && !value.empty()) syntax = known_syntax(value);
  }
  if (syntax == EXS_Unknown) syntax = guessed_syntax(bytes, position);
  return {position, syntax};
}

E_TransferSyntax element_syntax(std::string_view data_set, E_TransferSyntax stated) {
  const ElementEncoding encoding = element_encoding(stated);
  const bool is_explicit = is_explicit_at(data_set, 0);
  if (encoding.endian == Endian::big || is_explicit == encoding.is_explicit) return stated;
  return is_explicit ? EXS_LittleEndianExplicit : EXS_LittleEndianImplicit;
}

std::size_t checked_length(std::string_view data_set, E_TransferSyntax syntax) {
  return visit_elements(data_set, syntax, [](const ElementHeader&) { return true; });
}

std::size_t visit_elements(std::string_view data_set, E_TransferSyntax syntax,
                           const ElementVisitor& visit) {
  return Walk(data_set, element_encoding(syntax), visit).complete_length();
}

}  // namespace cxrnet::imaging
