#include "dicom/words.h"

namespace cxrnet::imaging {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char letter : text) {
    const bool is_lower = letter >= 'a' && letter <= 'z';
    const bool is_letter = is_lower || (letter >= 'A' && letter <= 'Z');
    if (is_letter && !inside) words.emplace_back();
    if (is_letter) words.back() += static_cast<char>(is_lower ? letter - 'a' + 'A' : letter);
    inside = is_letter;
  }
  return words;
}

}  // namespace cxrnet::imaging
