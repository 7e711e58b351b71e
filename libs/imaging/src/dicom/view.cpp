#include "dicom/view.h"

#include <algorithm>
#include <array>
#include <string>

#include "dicom/words.h"

namespace cxrnet::imaging {
namespace {

using Names = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view word, Names names) {
  return std::find(names.begin(), names.end(), word) != names.end();
}

// LAT, LATERAL, LATERALE, also with a side before it: LLAT, RTLAT, LEFTLATERAL.
bool is_lateral_word(std::string_view word) {
  if (is_one_of(word, {"LL", "RL", "LLO", "RLO", "ML", "LM", "PROFILE", "PROFIL", "PERFIL"}))
    return true;
  for (const std::string_view side : {"LEFT", "RIGHT", "LT", "RT", "L", "R"}) {
    if (!word.starts_with(side) || word.starts_with("LAT")) continue;
    word.remove_prefix(side.size());
    break;
  }
  return word == "LAT" || word.starts_with("LATER");
}

bool is_frontal_word(std::string_view word) {
  return is_one_of(word, {"PA", "AP", "FRONTAL", "FACE", "LLD", "RLD"}) ||
         word.starts_with("ANTER") || word.starts_with("POSTER");
}

bool is_oblique_word(std::string_view word) {
  return word.starts_with("OBL") || is_one_of(word, {"RAO", "LAO", "RPO", "LPO"});
}

bool is_decubitus_word(std::string_view word) { return word.starts_with("DECUB"); }

template <class Test>
bool any_word(const std::vector<std::string>& words, const Test& test) {
  return std::any_of(words.begin(), words.end(), test);
}

struct CodedView {
  View view;
  std::string_view snomed_ct, snomed_rt;
};

constexpr std::array<CodedView, 19> kCodedViews{{
    {View::frontal, "399033003", "R-10202"},  // frontal
    {View::frontal, "399348003", "R-10206"},  // antero-posterior
    {View::frontal, "272479007", "R-40888"},  // postero-anterior
    {View::lateral, "399067008", "R-102CD"},  // lateral
    {View::lateral, "399173006", "R-10236"},  // left lateral
    {View::lateral, "399198007", "R-10232"},  // right lateral
    {View::lateral, "260427002", "R-40783"},  // lateral oblique
    {View::lateral, "399260004", "R-10224"},  // medial-lateral
    {View::lateral, "399352003", "R-10228"},  // lateral-medial
    {View::lateral, "30730003", "G-A145"},    // sagittal
    {View::oblique, "399182000", "R-102C1"},  // oblique
    {View::oblique, "399236003", "R-10234"},  // right oblique
    {View::oblique, "399184004", "R-10238"},  // left oblique
    {View::oblique, "399312000", "R-10208"},  // antero-posterior oblique
    {View::oblique, "399059000", "R-10216"},  // postero-anterior oblique
    {View::oblique, "399038007", "R-10210"},  // right posterior oblique
    {View::oblique, "399006002", "R-10212"},  // left posterior oblique
    {View::oblique, "399135007", "R-10220"},  // left anterior oblique
    {View::oblique, "399356000", "R-40985"},  // right anterior oblique
}};

char first_direction(std::string_view text) {
  const auto words = words_of(text);
  return words.empty() ? '\0' : words.front().front();
}

bool runs_between_front_and_back(std::string_view direction) {
  return direction.find_first_of("AaPp") != direction.npos;
}

}  // namespace

View view_in_words(std::string_view text) {
  const auto words = words_of(text);
  const bool is_frontal = any_word(words, is_frontal_word);
  if (any_word(words, is_decubitus_word)) {
    const bool on_back_or_belly = any_word(words, [](std::string_view word) {
      return is_one_of(word, {"DORSAL", "VENTRAL"});
    });
    return on_back_or_belly ? View::lateral : View::frontal;
  }
  if (any_word(words, is_oblique_word)) {
    return any_word(words, is_lateral_word) ? View::lateral : View::oblique;
  }
  if (any_word(words, is_lateral_word)) return is_frontal ? View::several : View::lateral;
  return is_frontal ? View::frontal : View::unknown;
}

View view_by_code(std::string_view code) {
  if (code.empty()) return View::unknown;
  for (const CodedView& row : kCodedViews)
    if (code == row.snomed_ct || code == row.snomed_rt) return row.view;
  return View::unknown;
}

Orientation orientation_of(std::string_view row, std::string_view column) {
  const char across = first_direction(row), down = first_direction(column);
  if (across == '\0' || down == '\0') return {};
  const auto is_front_or_back = [](char direction) { return direction == 'A' || direction == 'P'; };
  if (is_front_or_back(across) || is_front_or_back(down)) return {.view = View::lateral};
  const bool is_turned_body =
      runs_between_front_and_back(row) || runs_between_front_and_back(column);
  return {.view = is_turned_body ? View::oblique : View::frontal,
          .is_usual = across == 'L' && down == 'F'};
}

}  // namespace cxrnet::imaging
