#include "dicom/body_part.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "dicom/words.h"

namespace cxrnet::imaging {
namespace {

using Beginnings = std::initializer_list<std::string_view>;

// Within words, so that NECKCHEST, plurals and some other languages are covered.
const Beginnings kChest{"CHEST", "THORAX", "TORAX", "TORAC", "LUNG", "PULMO", "CXR", "THX"};

// Beginnings of words. What a picture of the chest may well be filed under:
const Beginnings kBeside{"RIB",   "STERN",   "CLAVIC",    "SHOULDER", "SCAPUL",  "HEART",
                         "CARDI", "MEDIAST", "TSPINE",    "THORACIC", "SPINE",   "TRUNK",
                         "TORSO", "BODY",    "WHOLEBODY", "BRONCH",   "TRACHEA", "AIRWAY"};

const Beginnings kOther{
    "SKULL",   "HEAD",   "BRAIN",   "FACIAL", "ORBIT",  "EYE",      "SINUS",    "NASAL",
    "NOSE",    "MANDIB", "JAW",     "MAXILL", "TEETH",  "TOOTH",    "DENTAL",   "EAR",
    "NECK",    "CSPINE", "CERVIC",  "LSPINE", "LUMB",   "LSSPINE",  "SSPINE",   "SACR",
    "COCCYX",  "ABD",    "PELV",    "HIP",    "FEMUR",  "THIGH",    "KNEE",     "PATELL",
    "LEG",     "TIBIA",  "FIBULA",  "TIBFIB", "ANKLE",  "FOOT",     "FEET",     "TOE",
    "CALCAN",  "HEEL",   "ARM",     "HUMER",  "ELBOW",  "FOREARM",  "RADIUS",   "ULNA",
    "WRIST",   "HAND",   "FINGER",  "THUMB",  "EXTREM", "LIMB",     "BREAST",   "BLADDER",
    "KIDNEY",  "COLON",  "STOMACH", "KUB",    "IVP",    "UPPERARM", "LOWERLEG", "ZYGOMA",
    "MASTOID", "TARSAL", "CARPAL"};

bool begins_with_any(std::string_view word, Beginnings names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return word.starts_with(name); });
}

bool contains_any(std::string_view word, Beginnings names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return word.find(name) != word.npos; });
}

bool any_begins(const std::vector<std::string>& words, Beginnings names) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return begins_with_any(word, names); });
}

// L KNEE, LKNEE and RTHAND alike.
std::vector<std::string> without_sides(std::vector<std::string> words) {
  const std::size_t count = words.size();
  for (std::size_t i = 0; i < count; ++i) {
    for (const std::string_view side : {"LEFT", "RIGHT", "LT", "RT", "L", "R"}) {
      const std::string& word = words[i];
      if (word.starts_with(side) && word.size() > side.size() + 2)
        words.push_back(word.substr(side.size()));
    }
  }
  return words;
}

// L SPINE, LSPINE, SPINE LUMBAR: a spine that is not behind the chest.
bool is_other_spine(const std::vector<std::string>& words) {
  const auto is_spine = [](const std::string& word) { return word.find("SPIN") != word.npos; };
  const auto is_elsewhere = [](const std::string& word) {
    return word == "C" || word == "L" || word == "S" || word == "LS" ||
           begins_with_any(word, {"CERVIC", "LUMB", "SACR", "CSPIN", "LSPIN", "SSPIN", "LSSPIN"});
  };
  const auto is_thoracic = [](const std::string& word) {
    return word == "T" || begins_with_any(word, {"THOR", "TSPIN", "DORS"});
  };
  return std::any_of(words.begin(), words.end(), is_spine) &&
         std::any_of(words.begin(), words.end(), is_elsewhere) &&
         std::none_of(words.begin(), words.end(), is_thoracic);
}

// CHESTABDPELVIS and the like.
bool is_combined(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return contains_any(word, {"ABD", "PELV", "NECK"});
  });
}

}  // namespace

BodyPart body_part_in_words(std::string_view text) {
  const auto plain = words_of(text);
  if (plain.empty()) return BodyPart::unknown;
  const bool is_chest = std::any_of(plain.begin(), plain.end(), [](const std::string& word) {
    return contains_any(word, kChest);
  });
  const bool is_other = any_begins(without_sides(plain), kOther) || is_other_spine(plain),
             is_beside = any_begins(plain, kBeside) && !is_other_spine(plain);
  if (is_chest)
    return is_beside || is_other || is_combined(plain) ? BodyPart::doubtful : BodyPart::chest;
  return is_other && !is_beside ? BodyPart::other : BodyPart::doubtful;
}

BodyPart body_part_by_code(std::string_view code) {
  const Beginnings chest{"51185008", "T-D3000", "816094009", "43799004",
                         "39607008", "T-28000", "86598002",  "T-280A0"};
  const bool is_chest = std::find(chest.begin(), chest.end(), code) != chest.end();
  return is_chest ? BodyPart::chest : BodyPart::unknown;
}

}  // namespace cxrnet::imaging
