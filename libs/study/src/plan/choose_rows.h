// Which images a study uses.
#pragma once

#include <cstdint>
#include <string>

#include "cxrnet/data/manifest.h"

namespace cxrnet::study {

/// Adds a split column that the manifest lacks: by patient, or at random within each label, one
/// fifth of the images being test.
void ensure_split(data::Manifest& manifest, const std::string& column, bool by_patient,
                  uint64_t seed);

/// At most `images` rows of a side (0 = all), labels in their proportions, patient by patient until
/// a label's share is full. Rows keep their order. Errors: as data::select_rows.
std::vector<std::size_t> choose_rows(const data::Manifest& manifest, const std::string& column,
                                     const std::string& side, int64_t images, uint64_t seed);

}  // namespace cxrnet::study
