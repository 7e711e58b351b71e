#include "import_masks.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/image_files.h"
#include "cxrnet/core/options.h"
#include "cxrnet/data/mask.h"
#include "text.h"

namespace cxrnet::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxImportedMaskBytes = std::size_t{512} << 20;
constexpr std::size_t kShownMasks = 3;

// "Lung Masks" and "lung_masks" are one name.
std::string plain_name(const fs::path& folder) {
  auto name = lower_case(folder.string());
  std::erase_if(name, [](char letter) { return letter == ' ' || letter == '_' || letter == '-'; });
  return name;
}

bool is_mask_folder(const fs::path& folder) {
  const auto name = plain_name(folder);
  return name.ends_with("mask") || name.ends_with("masks");
}

bool is_lung_mask_folder(const fs::path& folder) {
  const auto name = plain_name(folder);
  return name == "mask" || name == "masks" || name == "lungmask" || name == "lungmasks";
}

std::string stem_of(const fs::path& path) {
  return (has_image_suffix(path) ? path.stem() : path.filename()).string();
}

// "x_mask" is the mask of "x".
std::optional<std::string> without_mask_suffix(const std::string& stem) {
  constexpr std::string_view kSuffix = "mask";
  if (stem.size() <= kSuffix.size() + 1 || !lower_case(stem).ends_with(kSuffix)) return {};
  const auto cut = stem.size() - kSuffix.size() - 1;
  const char separator = stem[cut];
  if (separator != '_' && separator != '-' && separator != '.') return {};
  return stem.substr(0, cut);
}

// Place and name without what tells pictures from masks.
std::string place_of(const fs::path& file, const std::string& stem) {
  fs::path place;
  for (const auto& part : file.parent_path()) {
    const auto name = plain_name(part);
    if (!is_mask_folder(part) && name != "images" && name != "image") place /= part;
  }
  return (place / stem).generic_string();
}

struct MaskFile {
  fs::path path;
  std::string stem;  // of its picture
};

// Names that stand for one file alone.
class UniqueNames {
 public:
  void add(const std::string& name, std::size_t index) {
    const auto [entry, is_new] = indices_.emplace(name, index);
    if (!is_new) repeated_.insert(name);
  }
  std::optional<std::size_t> find(const std::string& name) const {
    const auto found = indices_.find(name);
    if (found == indices_.end() || repeated_.contains(name)) return {};
    return found->second;
  }

 private:
  std::map<std::string, std::size_t> indices_;
  std::set<std::string> repeated_;
};

void note_count(std::size_t count, const std::string& text, std::vector<std::string>& notes) {
  if (count > 0) notes.push_back(std::to_string(count) + " " + text);
}

}  // namespace

SortedFiles take_masks_apart(const std::vector<fs::path>& files, std::vector<std::string>& notes) {
  std::set<std::string> stems;  // with their folder
  for (const auto& file : files)
    stems.insert((file.parent_path() / stem_of(file)).generic_string());
  SortedFiles sorted;
  std::vector<MaskFile> masks;
  std::size_t others = 0;
  for (const auto& file : files) {
    const auto stem = stem_of(file);
    const auto of_picture = without_mask_suffix(stem);
    const auto folder = file.parent_path();
    if (std::any_of(folder.begin(), folder.end(), is_mask_folder)) {
      const bool is_lung = std::any_of(folder.begin(), folder.end(), is_lung_mask_folder);
      if (is_lung) masks.push_back({file, of_picture.value_or(stem)});
      others += is_lung ? 0 : 1;
    } else if (of_picture && stems.contains((folder / *of_picture).generic_string())) {
      masks.push_back({file, *of_picture});
    } else {
      sorted.pictures.push_back(file);
    }
  }
  sorted.masks.resize(sorted.pictures.size());
  UniqueNames by_place, by_stem, mask_stems;
  for (std::size_t i = 0; i < sorted.pictures.size(); ++i) {
    const auto stem = stem_of(sorted.pictures[i]);
    by_place.add(place_of(sorted.pictures[i], stem), i);
    by_stem.add(stem, i);
  }
  for (std::size_t i = 0; i < masks.size(); ++i) mask_stems.add(masks[i].stem, i);
  std::size_t without_picture = 0;
  for (const auto& mask : masks) {
    auto picture = by_place.find(place_of(mask.path, mask.stem));
    if (!picture && mask_stems.find(mask.stem)) picture = by_stem.find(mask.stem);
    if (picture && sorted.masks[*picture].empty()) {
      sorted.masks[*picture] = mask.path;
    } else {
      ++without_picture;
    }
  }
  note_count(without_picture, "files in folders of masks belong to no picture, and are left out",
             notes);
  note_count(others, "files in folders of other masks than lungs' are left out", notes);
  return sorted;
}

void keep_good_masks(const fs::path& folder, std::vector<ManifestRow>& rows,
                     std::vector<std::string>& notes) {
  std::vector<std::string> refused;
  std::size_t with_mask = 0, not_looked_at = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].mask_path.empty()) continue;
    ++with_mask;
    try {
      const auto bytes = read_file(folder / rows[i].mask_path, kMaxImportedMaskBytes);
      if (is_mask_format(bytes)) {
        interpret_mask(decode_mask_pixels(bytes), MaskOf::lungs);
      } else {
        ++not_looked_at;
      }
    } catch (const Error& error) {
      rows[i].mask_path.clear();
      refused.push_back("line " + std::to_string(i + 2) + ": " + error.what());  // 1 is the header
    }
  }
  const auto count = refused.size();
  if (count > 0) {
    refused.resize(std::min(count, kShownMasks));
    notes.push_back(std::to_string(count) + " lung masks are refused and left out, such as " +
                    join(refused, "; "));
  }
  if (with_mask > 0) note_count(rows.size() - with_mask, "images have no lung mask", notes);
  note_count(not_looked_at,
             "lung masks are neither PNG nor JPEG; evaluate and prepare look at them", notes);
}

}  // namespace cxrnet::data
