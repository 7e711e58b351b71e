// Pictures that are on two sides of a split under two names: equal files, equal pixels, near
// copies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/data/manifest.h"
#include "cxrnet/data/shards.h"

namespace cxrnet::data {

/// What is done about them.
enum class Duplicates { report, refuse, ignore };

struct GreyPicture {
  int64_t height = 0, width = 0;
  std::vector<uint8_t> pixels;  ///< [height · width]
};

/// Bytes to a picture; throws Error when it cannot. Called by several threads at once.
using PictureDecoder = std::function<GreyPicture(std::string_view)>;

/// JPEG and PNG. Errors: as decode_grey.
GreyPicture decode_picture(std::string_view bytes);

/// What a picture is compared by.
struct PictureTraits {
  std::size_t bytes = 0;   ///< hash of the file; 0: not read
  std::size_t pixels = 0;  ///< hash of size and pixels; 0: not decoded, so that bytes alone count
  /// Patterns, each of length 1, of the whole picture, of it without flat bars, of two central
  /// parts, mirrored: what is left of a 32 x 32 thumbnail when brightness and contrast about each
  /// point are taken out. Chests are alike in what is taken out, copies in what is left.
  std::vector<std::vector<float>> patterns;
};

PictureTraits traits_of(std::string_view bytes, const PictureDecoder& decoder);

/// Of every row's picture. A file that cannot be read or decoded is no error here.
std::vector<PictureTraits> read_traits(const Manifest& manifest, const PictureDecoder& decoder);
std::vector<PictureTraits> read_traits(const ShardDataset& dataset);

/// From this correlation of patterns on, either sign (negatives), two pictures are near copies. Of
/// 7.2 million pairs of unlike patients in cxr4 none reaches 0.76.
inline constexpr double kNearCopy = 0.8;

enum class Likeness { equal_bytes, equal_pixels, near_copy };

struct DuplicatePair {
  std::size_t first = 0, second = 0;  ///< rows, in order
  Likeness likeness = Likeness::near_copy;
  double correlation = 1.0;
};

/// For each row that has a copy on another side of the split, the closest one; of two sides the one
/// with fewer rows is gone through. `cells` are those of a split column (see side_of). With `side`,
/// only pairs that touch it. Cost: pairs of rows on two sides, 10 billion a minute on two cores.
/// Errors: invalid_shape when the lengths differ.
std::vector<DuplicatePair> find_duplicates(const std::vector<PictureTraits>& traits,
                                           const std::vector<std::string>& cells,
                                           const std::string& side = "");

/// "lines 3 and 9 (equal pixels)"; `lines[i]` names row i.
std::string describe(const DuplicatePair& pair, const std::vector<std::size_t>& lines);

/// One sentence on the pairs for a user; empty: none.
std::string note_on_duplicates(const std::vector<DuplicatePair>& pairs,
                               const std::vector<std::size_t>& lines);

/// Throws Error{patient_leak} with that sentence when there are any.
void require_no_duplicates(const std::vector<DuplicatePair>& pairs,
                           const std::vector<std::size_t>& lines);

/// Looks through a manifest's split column as `mode` asks, and returns notes. Errors: not_found for
/// the column; patient_leak under `refuse`.
std::vector<std::string> check_duplicates(const Manifest& manifest, const std::string& column,
                                          const std::string& side, Duplicates mode,
                                          const PictureDecoder& decoder);

}  // namespace cxrnet::data

template <>
struct cxrnet::EnumNames<cxrnet::data::Duplicates> {
  static constexpr std::array<std::pair<data::Duplicates, std::string_view>, 3> values{
      {{data::Duplicates::report, "report"},
       {data::Duplicates::refuse, "refuse"},
       {data::Duplicates::ignore, "ignore"}}};
};
template <>
struct cxrnet::EnumNames<cxrnet::data::Likeness> {
  static constexpr std::array<std::pair<data::Likeness, std::string_view>, 3> values{
      {{data::Likeness::equal_bytes, "equal bytes"},
       {data::Likeness::equal_pixels, "equal pixels"},
       {data::Likeness::near_copy, "near copy"}}};
};
