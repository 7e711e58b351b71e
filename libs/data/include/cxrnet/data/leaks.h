// The one rule that says who is on which side of a split, and refuses a patient on two.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cxrnet/data/manifest.h"

namespace cxrnet::data {

/// The side that a cell of a split column names: without blanks around it and in lower case, so
/// that "Train" and " train " are one side; "training", "testing" and "val", "valid", "dev" are
/// train, test and validation. Any other word is a side of its own. Empty: the row is on no side.
std::string side_of(std::string_view cell);

/// What a split column says.
struct SplitContents {
  std::map<std::string, std::size_t> rows;  ///< by side; none under ""
  std::size_t rows_without_side = 0;
  /// Sides that are neither train, validation nor test, where the column names one of these, too:
  /// most likely a slip. A column of other words alone (folds) has none.
  std::vector<std::string> odd_sides;
};

SplitContents describe_split(const std::vector<std::string>& cells);

/// What a user should know of it, in words: rows without a side are left out, odd sides are named.
std::vector<std::string> notes_on_split(const std::string& column, const SplitContents& contents);

/// The cells of a manifest's split column. Errors: not_found, listing the split columns.
std::vector<std::string> split_cells(const Manifest& manifest, const std::string& column);

/// A group (see group_of) with rows on two sides or more.
struct Leak {
  std::string group;
  std::map<std::string, std::vector<std::size_t>> rows;  ///< indices by side
};

/// Every such group, sorted by name; `cells` are those of a split column, read by side_of. Errors:
/// invalid_shape when the lengths differ.
std::vector<Leak> find_leaks(const std::vector<std::string>& groups,
                             const std::vector<std::string>& cells);

/// Throws Error{patient_leak} when a group of `side` (empty: of any side) is on another one, too,
/// unless `allow_leak`. The message counts the groups and names the first lines by `lines[i]`, the
/// manifest line of row i (no patient data).
void require_no_leak(const std::vector<std::string>& groups, const std::vector<std::string>& cells,
                     const std::vector<std::size_t>& lines, const std::string& side,
                     bool allow_leak);

/// One side of a split.
struct OneSide {
  Manifest manifest;               ///< with the rows of that side alone, in order
  std::vector<std::string> notes;  ///< as notes_on_split
};

/// Errors: not_found as select_rows; patient_leak when a patient of that side is on another one,
/// too, unless `allow_leak`.
OneSide one_side(Manifest manifest, const std::string& split_column, const std::string& side,
                 bool allow_leak);

}  // namespace cxrnet::data
