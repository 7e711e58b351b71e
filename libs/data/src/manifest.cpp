#include "cxrnet/data/manifest.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "csv.h"
#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/options.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/nn/labels.h"
#include "text.h"

namespace cxrnet::data {
namespace {

// The columns that have a meaning here; all others are kept as they are.
struct KnownColumn {
  const char* name;
  std::string ManifestRow::*field;
};
constexpr std::array<KnownColumn, 7> kKnownColumns{{{"image_id", &ManifestRow::image_id},
                                                    {"path", &ManifestRow::path},
                                                    {"label", &ManifestRow::label},
                                                    {"source", &ManifestRow::source},
                                                    {"patient_id", &ManifestRow::patient_id},
                                                    {"group_id", &ManifestRow::group_id},
                                                    {"mask_path", &ManifestRow::mask_path}}};

// Words that stand where a patient is not known.
constexpr std::array<std::string_view, 9> kNobody{"unknown", "none", "n/a", "na",       "nan",
                                                  "null",    "-",    "?",   "anonymous"};

std::string ManifestRow::*known_field(const std::string& column) {
  for (const auto& known : kKnownColumns) {
    if (column == known.name) return known.field;
  }
  return nullptr;
}

// 1-based; 0: the header has no such column.
std::size_t column_number(const std::vector<std::string>& header, std::string_view name) {
  const auto found = std::find(header.begin(), header.end(), name);
  return found == header.end() ? 0 : static_cast<std::size_t>(found - header.begin()) + 1;
}

bool is_split_column(std::string_view name) { return name == "split" || name.ends_with("_split"); }

// As the columns are known here: "Patient_ID " is patient_id.
std::vector<std::string> column_names(const std::vector<std::string>& written) {
  std::vector<std::string> names;
  for (const auto& field : written) {
    std::string name(trimmed(field));
    const std::string lower = lower_case(name);
    names.push_back(known_field(lower) || is_split_column(lower) ? lower : name);
  }
  return names;
}

[[noreturn]] void throw_invalid(const Manifest& manifest, std::size_t line,
                                const std::string& column, const std::string& expected_got_remedy) {
  throw_invalid_manifest(line, column_number(manifest.header, column), column, expected_got_remedy);
}

std::string known_labels() {
  return join(std::vector<std::string>(nn::kLabels.begin(), nn::kLabels.end()));
}

bool is_known_label(const std::string& label) {
  return std::find(nn::kLabels.begin(), nn::kLabels.end(), label) != nn::kLabels.end();
}

// A file without header would show patient data here, so the message counts columns instead of
// naming them.
void check_header(const CsvRow& row, const ManifestOptions& options) {
  std::vector<std::string> required{"path"};
  if (options.require_labels) required.emplace_back("label");
  for (const auto& name : required) {
    if (column_number(row.fields, name) != 0) continue;
    throw_invalid_manifest(row.line, 0, "",
                           "expected a header with the column '" + name + "', got " +
                               std::to_string(row.fields.size()) +
                               " other column(s); add a header line, separated by commas");
  }
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    const std::size_t first = column_number(row.fields, row.fields[i]);
    if (first == i + 1) continue;
    throw_invalid_manifest(row.line, i + 1, "",
                           "expected column names that differ, got that of column " +
                               std::to_string(first) + " again; rename one");
  }
}

ManifestRow make_row(const std::vector<std::string>& header, CsvRow& csv) {
  if (csv.fields.size() != header.size()) {
    throw_invalid_manifest(
        csv.line, std::min(csv.fields.size(), header.size() + 1), "",
        "expected " + std::to_string(header.size()) + " fields as in the header, got " +
            std::to_string(csv.fields.size()) + "; quote fields that hold commas");
  }
  ManifestRow row;
  row.line = csv.line;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (const auto field = known_field(header[i])) {
      const bool is_path = field == &ManifestRow::path || field == &ManifestRow::mask_path;
      row.*field = is_path ? csv.fields[i] : std::string(trimmed(csv.fields[i]));
    }
    row.columns.emplace(header[i], std::move(csv.fields[i]));
  }
  if (row.image_id.empty()) {
    const std::string stem = std::filesystem::path(row.path).stem().string();
    row.image_id = trimmed(stem);
  }
  return row;
}

void check_label(const Manifest& manifest, const ManifestRow& row, const ManifestOptions& options) {
  if (row.label.empty()) {
    if (!options.require_labels) return;
    throw_invalid(manifest, row.line, "label",
                  "expected one of " + known_labels() +
                      ", got nothing; label the image or leave the row out");
  }
  if (options.require_known_labels && !is_known_label(row.label)) {
    throw_invalid(manifest, row.line, "label",
                  "expected one of " + known_labels() + ", got " + in_quotes(row.label) +
                      "; relabel or leave the row out");
  }
}

void check_rows(const Manifest& manifest, const ManifestOptions& options) {
  std::unordered_map<std::string, std::size_t> id_lines, path_lines;
  const bool has_ids = column_number(manifest.header, "image_id") != 0;
  for (const auto& row : manifest.rows) {
    if (row.path.empty()) {
      throw_invalid(manifest, row.line, "path",
                    "expected an image's path, got nothing; name the file");
    }
    check_label(manifest, row, options);
    const auto path = std::filesystem::path(row.path).lexically_normal().generic_string();
    if (const auto [other, is_new] = path_lines.emplace(path, row.line); !is_new) {
      throw_invalid(manifest, row.line, "path",
                    "expected each path once, got that of line " + std::to_string(other->second) +
                        " again; leave one row out");
    }
    if (const auto [other, is_new] = id_lines.emplace(row.image_id, row.line); !is_new) {
      throw_invalid(
          manifest, row.line, has_ids ? "image_id" : "path",
          "expected unique image ids, got that of line " + std::to_string(other->second) +
              " again; " +
              (has_ids ? "rename one" : "add a column image_id, now taken from file names"));
    }
  }
}

// Sets of rows that grow together.
class RowSets {
 public:
  explicit RowSets(std::size_t rows) : parents_(rows) {
    for (std::size_t row = 0; row < rows; ++row) parents_[row] = row;
  }
  std::size_t first_of(std::size_t row) {
    while (parents_[row] != row) row = parents_[row] = parents_[parents_[row]];
    return row;
  }
  void join(std::size_t a, std::size_t b) {
    const auto [low, high] = std::minmax({first_of(a), first_of(b)});
    parents_[high] = low;
  }

 private:
  std::vector<std::size_t> parents_;
};

bool is_nobody(const std::string& patient) {
  const auto word = lower_case(patient);
  return std::find(kNobody.begin(), kNobody.end(), word) != kNobody.end();
}

void set_groups(std::vector<ManifestRow>& rows) {
  RowSets sets(rows.size());
  std::unordered_map<std::string, std::size_t> by_group, by_patient;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    sets.join(i, by_group.emplace(group_of(rows[i]), i).first->second);
    const auto& patient = rows[i].patient_id;
    if (patient.empty() || is_nobody(patient)) continue;
    sets.join(i, by_patient.emplace(patient, i).first->second);
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < rows.size(); ++i) names.push_back(group_of(rows[sets.first_of(i)]));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].group = std::move(names[i]);
}

std::string require_regular_file(const Manifest& manifest, const ManifestRow& row,
                                 const std::string& column, const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(resolve_path(manifest, path), error);
  if (std::filesystem::is_regular_file(status)) return "";
  return "manifest line " + std::to_string(row.line) + ", column " +
         std::to_string(column_number(manifest.header, column)) + " (" + column +
         "): expected an existing file, got " +
         (std::filesystem::exists(status) ? "something that is no regular file" : "none") +
         "; correct the path or leave the row out";
}

}  // namespace

Manifest parse_manifest(std::string_view text, const std::filesystem::path& folder,
                        const ManifestOptions& options) {
  auto rows = parse_csv(text);
  if (rows.empty()) {
    throw_invalid_manifest(
        1, 0, "",
        "expected a header and rows, got an empty file; write path,label and a row per image");
  }
  rows.front().fields = column_names(rows.front().fields);
  check_header(rows.front(), options);
  Manifest manifest{folder, rows.front().fields, {}};
  if (rows.size() == 1) {
    throw_invalid_manifest(rows.front().line, 0, "",
                           "expected rows below the header, got none; add a row per image");
  }
  manifest.rows.reserve(rows.size() - 1);
  for (std::size_t i = 1; i < rows.size(); ++i)
    manifest.rows.push_back(make_row(manifest.header, rows[i]));
  check_rows(manifest, options);
  set_groups(manifest.rows);
  return manifest;
}

Manifest read_manifest(const std::filesystem::path& path, const ManifestOptions& options) {
  return parse_manifest(read_file(path, kMaxManifestBytes), path.parent_path(), options);
}

std::string format_manifest(const Manifest& manifest) {
  std::string text = format_csv_row(manifest.header);
  for (const auto& row : manifest.rows) {
    std::vector<std::string> fields;
    for (const auto& name : manifest.header) {
      const auto field = known_field(name);
      const auto column = row.columns.find(name);
      fields.push_back(field ? row.*field : column == row.columns.end() ? "" : column->second);
    }
    text += format_csv_row(fields);
  }
  return text;
}

const std::string& group_of(const ManifestRow& row) {
  if (!row.group.empty()) return row.group;
  if (!row.group_id.empty()) return row.group_id;
  return row.patient_id.empty() ? row.image_id : row.patient_id;
}

std::filesystem::path resolve_path(const Manifest& manifest, const std::string& path) {
  return manifest.folder / path;
}

std::vector<FileProblem> check_files(const Manifest& manifest) {
  std::vector<FileProblem> problems;
  for (const auto& row : manifest.rows) {
    for (const auto& [column, path] :
         {std::pair{"path", row.path}, std::pair{"mask_path", row.mask_path}}) {
      if (path.empty()) continue;
      auto message = require_regular_file(manifest, row, column, path);
      if (!message.empty()) problems.push_back({row.line, std::move(message)});
    }
  }
  return problems;
}

std::vector<std::string> split_columns(const std::vector<std::string>& header) {
  std::vector<std::string> columns;
  for (const auto& name : header) {
    if (is_split_column(name)) columns.push_back(name);
  }
  return columns;
}

std::vector<std::size_t> select_rows(const Manifest& manifest, const std::string& split_column,
                                     const std::string& side) {
  const auto cells = split_cells(manifest, split_column);
  const auto asked = side_of(side);
  std::vector<std::size_t> selected;
  std::set<std::string> sides;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto named = side_of(cells[i]);
    if (named.empty()) continue;
    if (named == asked) selected.push_back(i);
    sides.insert(named);
  }
  if (selected.empty()) {
    std::vector<std::string> names;
    for (const auto& named : sides) names.push_back(shown(named));
    throw Error(ErrorCode::not_found, "split: expected a side of " + split_column + " (" +
                                          join(names) + "), got " + in_quotes(side) +
                                          "; choose one of these");
  }
  return selected;
}

}  // namespace cxrnet::data
