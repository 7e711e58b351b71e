// Which files of an imported folder are masks, and of which pictures.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cxrnet/data/manifest.h"

namespace cxrnet::data {

struct SortedFiles {
  std::vector<std::filesystem::path> pictures;  ///< in the order given
  std::vector<std::filesystem::path> masks;     ///< of pictures[i]; empty: none
};

/// Files in a folder named masks, mask, lung_masks, "lung masks" ... are the lung masks of the
/// pictures with the same name and place (folders named images do not count as a place), or with
/// the same name when it is the only one; so is x_mask.png beside x.png. Files in folders of other
/// masks are neither. Paths are relative to the imported folder. What has no place is noted.
SortedFiles take_masks_apart(const std::vector<std::filesystem::path>& files,
                             std::vector<std::string>& notes);

/// Reads each row's mask as evaluate and prepare do (mask.h); one that is refused is taken from its
/// row, and noted with what was found.
void keep_good_masks(const std::filesystem::path& folder, std::vector<ManifestRow>& rows,
                     std::vector<std::string>& notes);

}  // namespace cxrnet::data
