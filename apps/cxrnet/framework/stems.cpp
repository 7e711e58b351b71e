#include "framework/stems.h"

#include <map>
#include <set>

#include "cxrnet/core/fingerprint.h"
#include "cxrnet/core/image_files.h"
#include "cxrnet/core/printable.h"

namespace cxrnet::app {
namespace {

namespace fs = std::filesystem;

// Of the 255 that a file system allows; the rest is for endings such as
// ".integrated_gradients.npy".
constexpr std::size_t kMaxStemBytes = 200;
constexpr std::size_t kShortDigits = 12;  // no two of a million alike

std::string owner_of(const fs::path& path) { return fingerprint_of(path.native()); }

std::string shortened(const std::string& stem) {
  if (stem.size() <= kMaxStemBytes) return stem;
  std::size_t kept = kMaxStemBytes - 1 - kShortDigits;
  while ((static_cast<unsigned char>(stem[kept]) & 0xC0U) == 0x80U) --kept;  // no half letter
  return stem.substr(0, kept) + "-" + fingerprint_of(stem).substr(0, kShortDigits);
}

// The first of stem-012345678901, stem-0123456789012345, stem-0123456789012345-2, ... that is free.
std::string told_apart(const std::string& stem, const std::string& owner,
                       std::set<std::string>& taken) {
  auto candidate = stem + "-" + owner.substr(0, kShortDigits);
  for (int number = 1; !taken.insert(candidate).second; ++number)
    candidate = stem + "-" + owner + (number > 1 ? "-" + std::to_string(number) : "");
  return candidate;
}

}  // namespace

std::string output_stem(const fs::path& path) {
  return shortened(
      plain_name(has_image_suffix(path) ? path.stem().string() : path.filename().string()));
}

std::vector<std::string> unique_stems(const std::vector<fs::path>& paths,
                                      const OutputRecord& earlier) {
  std::vector<std::string> stems;
  std::map<std::string, std::size_t> counts;
  for (const auto& path : paths) {
    stems.push_back(output_stem(path));
    ++counts[stems.back()];
  }
  std::set<std::string> taken;
  std::vector<std::size_t> shared;  // indices of those that need another
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto owner = earlier.owner_of(stems[i]);
    const bool alone = counts[stems[i]] == 1 && owner.empty();
    if (alone || owner == owner_of(paths[i])) {
      taken.insert(stems[i]);
    } else {
      shared.push_back(i);
    }
  }
  for (const auto i : shared) stems[i] = told_apart(stems[i], owner_of(paths[i]), taken);
  return stems;
}

void note_stems(const std::vector<fs::path>& paths, const std::vector<std::string>& stems,
                OutputFolder& folder) {
  for (std::size_t i = 0; i < paths.size(); ++i) folder.note_stem(stems[i], owner_of(paths[i]));
}

}  // namespace cxrnet::app
