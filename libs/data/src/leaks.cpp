#include "cxrnet/data/leaks.h"

#include <algorithm>
#include <array>

#include "cxrnet/core/error.h"
#include "cxrnet/core/options.h"
#include "text.h"

namespace cxrnet::data {
namespace {

constexpr std::size_t kNamedLeaks = 3;

struct SideSpelling {
  std::string_view word, side;
};
constexpr std::array<SideSpelling, 8> kSideSpellings{{{"train", "train"},
                                                      {"training", "train"},
                                                      {"test", "test"},
                                                      {"testing", "test"},
                                                      {"validation", "validation"},
                                                      {"valid", "validation"},
                                                      {"val", "validation"},
                                                      {"dev", "validation"}}};

bool is_usual_side(std::string_view side) {
  return std::any_of(kSideSpellings.begin(), kSideSpellings.end(),
                     [&](const auto& spelling) { return spelling.side == side; });
}

void require_one_each(std::size_t rows, std::size_t got, const char* subject) {
  if (rows == got) return;
  throw Error(ErrorCode::invalid_shape, std::string(subject) + ": expected " +
                                            std::to_string(rows) + " values, one per row, got " +
                                            std::to_string(got) +
                                            "; pass columns of the same rows");
}

// The first lines of the leak's rows on `side` (empty: on its first side) and on another one.
std::string example_of(const Leak& leak, const std::vector<std::size_t>& lines,
                       const std::string& side) {
  const auto first = side.empty() ? leak.rows.begin() : leak.rows.find(side);
  const auto other = first == leak.rows.begin() ? std::next(first) : leak.rows.begin();
  const auto [low, high] = std::minmax(lines[first->second.front()], lines[other->second.front()]);
  return "lines " + std::to_string(low) + " and " + std::to_string(high);
}

}  // namespace

std::string side_of(std::string_view cell) {
  const std::string word = lower_case(trimmed(cell));
  for (const auto& spelling : kSideSpellings) {
    if (word == spelling.word) return std::string(spelling.side);
  }
  return word;
}

SplitContents describe_split(const std::vector<std::string>& cells) {
  SplitContents contents;
  for (const auto& cell : cells) {
    const auto side = side_of(cell);
    if (side.empty()) {
      ++contents.rows_without_side;
    } else {
      ++contents.rows[side];
    }
  }
  bool any_usual = false;
  for (const auto& [side, rows] : contents.rows) {
    if (is_usual_side(side)) {
      any_usual = true;
    } else {
      contents.odd_sides.push_back(side);
    }
  }
  if (!any_usual) contents.odd_sides.clear();
  return contents;
}

std::vector<std::string> notes_on_split(const std::string& column, const SplitContents& contents) {
  std::vector<std::string> notes;
  if (contents.rows_without_side > 0) {
    notes.push_back(column + ": " + std::to_string(contents.rows_without_side) +
                    " rows name no side and belong to none");
  }
  for (const auto& side : contents.odd_sides) {
    notes.push_back(column + ": " + std::to_string(contents.rows.at(side)) +
                    " rows name the side " + in_quotes(side) +
                    ", which is neither train, validation nor test; is it a slip?");
  }
  return notes;
}

std::vector<std::string> split_cells(const Manifest& manifest, const std::string& column) {
  if (std::find(manifest.header.begin(), manifest.header.end(), column) == manifest.header.end()) {
    const auto columns = split_columns(manifest.header);
    throw Error(ErrorCode::not_found, "split column: expected one of the manifest's (" +
                                          (columns.empty() ? "it has none" : join(columns)) +
                                          "), got " + in_quotes(column) +
                                          "; choose another or add it");
  }
  std::vector<std::string> cells;
  cells.reserve(manifest.rows.size());
  for (const auto& row : manifest.rows) cells.push_back(row.columns.at(column));
  return cells;
}

std::vector<Leak> find_leaks(const std::vector<std::string>& groups,
                             const std::vector<std::string>& cells) {
  require_one_each(groups.size(), cells.size(), "sides");
  std::map<std::string, std::map<std::string, std::vector<std::size_t>>> by_group;
  for (std::size_t row = 0; row < groups.size(); ++row) {
    const auto side = side_of(cells[row]);
    if (!side.empty()) by_group[groups[row]][side].push_back(row);
  }
  std::vector<Leak> leaks;
  for (auto& [group, rows] : by_group) {
    if (rows.size() > 1) leaks.push_back({group, std::move(rows)});
  }
  return leaks;
}

void require_no_leak(const std::vector<std::string>& groups, const std::vector<std::string>& cells,
                     const std::vector<std::size_t>& lines, const std::string& side,
                     bool allow_leak) {
  require_one_each(groups.size(), lines.size(), "lines");
  auto leaks = find_leaks(groups, cells);
  const auto asked = side_of(side);
  if (!asked.empty())
    std::erase_if(leaks, [&](const Leak& leak) { return !leak.rows.contains(asked); });
  if (leaks.empty() || allow_leak) return;
  const auto first_line = [&](const Leak& leak) {
    std::size_t first = SIZE_MAX;
    for (const auto& [name, rows] : leak.rows) first = std::min(first, lines[rows.front()]);
    return first;
  };
  std::sort(leaks.begin(), leaks.end(),
            [&](const Leak& a, const Leak& b) { return first_line(a) < first_line(b); });
  std::vector<std::string> examples;
  for (std::size_t i = 0; i < std::min(leaks.size(), kNamedLeaks); ++i)
    examples.push_back(example_of(leaks[i], lines, asked));
  throw Error(ErrorCode::patient_leak,
              "split: expected each patient on one side, got " + std::to_string(leaks.size()) +
                  " on both, such as " + join(examples, "; ") +
                  "; use a split by patient, or --allow-leak to accept inflated figures");
}

OneSide one_side(Manifest manifest, const std::string& split_column, const std::string& side,
                 bool allow_leak) {
  const auto chosen = select_rows(manifest, split_column, side);
  const auto cells = split_cells(manifest, split_column);
  std::vector<std::string> groups;
  std::vector<std::size_t> lines;
  for (const auto& row : manifest.rows) {
    groups.push_back(group_of(row));
    lines.push_back(row.line);
  }
  require_no_leak(groups, cells, lines, side, allow_leak);
  std::vector<ManifestRow> rows;
  rows.reserve(chosen.size());
  for (const std::size_t index : chosen) rows.push_back(std::move(manifest.rows[index]));
  manifest.rows = std::move(rows);
  return {std::move(manifest), notes_on_split(split_column, describe_split(cells))};
}

}  // namespace cxrnet::data
