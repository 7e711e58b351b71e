// check-data: is a manifest fit for training and evaluation?
#include <map>
#include <set>

#include "commands/commands.h"
#include "cxrnet/data/manifest.h"
#include "cxrnet/data/splits.h"

namespace cxrnet::app {
namespace {

using nlohmann::json;
constexpr std::size_t kShownProblems = 20;

struct CheckDataOptions {
  bool allow_leak =
      false;  // a patient on both sides of a split is reported, but does not refuse the manifest
  std::string split_column;  // the one to check for leaks; empty: each of them
  bool files = true;         // look whether each image and mask is there

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.allow_leak,
          Field{"allow-leak",
                "report patients on both sides of a split without refusing the manifest"});
    visit(self.split_column,
          Field{"split-column", "check this split for leaks; empty: every split column"});
    visit(self.files, Field{"files", "look whether each image and mask is there"});
  }
};

struct SplitLeaks {
  std::string column;
  std::vector<data::Leak> leaks;  // indices are those of the manifest's rows
};

// A validation part is cut from the training side, so whatever is not test counts as training;
// empty cells are in neither.
SplitLeaks find_column_leaks(const data::Manifest& manifest, const std::string& column) {
  std::vector<std::string> groups;
  std::vector<data::Side> sides;
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < manifest.rows.size(); ++row) {
    const std::string& side = manifest.rows[row].columns.at(column);
    if (side.empty()) continue;
    groups.push_back(data::group_of(manifest.rows[row]));
    sides.push_back(side == "test" ? data::Side::test : data::Side::train);
    rows.push_back(row);
  }
  SplitLeaks found{.column = column, .leaks = data::find_leaks(groups, sides)};
  for (auto& leak : found.leaks) {
    for (auto& index : leak.train) index = rows[index];
    for (auto& index : leak.test) index = rows[index];
  }
  return found;
}

std::vector<SplitLeaks> find_all_leaks(const data::Manifest& manifest,
                                       const std::string& split_column) {
  const auto columns = data::split_columns(manifest.header);
  if (!split_column.empty() &&
      std::find(columns.begin(), columns.end(), split_column) == columns.end()) {
    throw Error(ErrorCode::not_found, "split-column: expected one of " + join(columns) + ", got '" +
                                          split_column + "'; choose one of these");
  }
  std::vector<SplitLeaks> found;
  for (const auto& column : columns) {
    if (split_column.empty() || column == split_column)
      found.push_back(find_column_leaks(manifest, column));
  }
  return found;
}

std::size_t count_leaks(const std::vector<SplitLeaks>& splits) {
  std::size_t count = 0;
  for (const auto& split : splits) count += split.leaks.size();
  return count;
}

// Counts by label, source and the values of every split column.
struct Counts {
  std::vector<std::string> sides;  // "group_split=test", ...
  std::map<std::pair<std::string, std::string>, std::map<std::string, int64_t>> by_label_and_source;
};

Counts count_rows(const data::Manifest& manifest) {
  Counts counts;
  std::set<std::string> sides;
  for (const auto& row : manifest.rows) {
    auto& cells = counts.by_label_and_source[{row.label, row.source}];
    ++cells["all"];
    if (!row.mask_path.empty()) ++cells["with mask"];
    for (const auto& column : data::split_columns(manifest.header)) {
      const std::string side = column + "=" + row.columns.at(column);
      ++cells[side];
      sides.insert(side);
    }
  }
  counts.sides.assign(sides.begin(), sides.end());
  counts.sides.insert(counts.sides.end(), {"with mask", "all"});
  return counts;
}

Table counts_table(const Counts& counts) {
  Table table{.header = {"label", "source"}, .rows = {}};
  table.header.insert(table.header.end(), counts.sides.begin(), counts.sides.end());
  std::vector<int64_t> totals(counts.sides.size(), 0);
  for (const auto& [key, cells] : counts.by_label_and_source) {
    std::vector<std::string> row{key.first, key.second};
    for (std::size_t side = 0; side < counts.sides.size(); ++side) {
      const auto found = cells.find(counts.sides[side]);
      const int64_t count = found == cells.end() ? 0 : found->second;
      totals[side] += count;
      row.push_back(std::to_string(count));
    }
    table.rows.push_back(std::move(row));
  }
  table.rows.push_back({"all", ""});
  for (const int64_t total : totals) table.rows.back().push_back(std::to_string(total));
  return table;
}

std::vector<std::size_t> lines_of(const data::Manifest& manifest,
                                  const std::vector<std::size_t>& rows) {
  std::vector<std::size_t> lines;
  lines.reserve(rows.size());
  for (const auto row : rows) lines.push_back(manifest.rows[row].line);
  return lines;
}

std::string shown_lines(const data::Manifest& manifest, const std::vector<std::size_t>& rows) {
  std::vector<std::string> lines;
  for (const auto line : lines_of(manifest, rows)) lines.push_back(std::to_string(line));
  return join(lines);
}

// Patients are told by the manifest's lines: an identifier belongs neither on a terminal nor in a
// log.
Table problems_table(const data::Manifest& manifest, const std::vector<data::FileProblem>& files,
                     const std::vector<SplitLeaks>& leaks) {
  Table table{.header = {"code", "problem"}, .rows = {}};
  for (const auto& problem : files) table.rows.push_back({"not_found", problem.message});
  for (const auto& split : leaks) {
    for (const auto& leak : split.leaks) {
      table.rows.push_back({"patient_leak", split.column + ": one patient in training (lines " +
                                                shown_lines(manifest, leak.train) +
                                                ") and test (lines " +
                                                shown_lines(manifest, leak.test) + ")"});
    }
  }
  return table;
}

json to_json(const data::Manifest& manifest, const Counts& counts,
             const std::vector<data::FileProblem>& files, const std::vector<SplitLeaks>& leaks) {
  json document{{"schema", "cxrnet.check-data/1"},
                {"n", manifest.rows.size()},
                {"counts", json::array()},
                {"missing_files", json::array()},
                {"leaks", json::object()}};
  for (const auto& [key, cells] : counts.by_label_and_source) {
    document["counts"].push_back({{"label", key.first}, {"source", key.second}, {"images", cells}});
  }
  for (const auto& problem : files) {
    document["missing_files"].push_back({{"line", problem.line}, {"message", problem.message}});
  }
  for (const auto& split : leaks) {
    json& list = document["leaks"][split.column] = json::array();
    for (const auto& leak : split.leaks) {
      list.push_back({{"train_lines", lines_of(manifest, leak.train)},
                      {"test_lines", lines_of(manifest, leak.test)}});
    }
  }
  return document;
}

void print_tables(Console& console, const Counts& counts, Table problems) {
  console.print_table(counts_table(counts));
  const std::size_t found = problems.rows.size();
  if (found == 0) return;
  problems.rows.resize(std::min(found, kShownProblems));
  console.print("\n");
  console.print_table(problems);
  if (found > kShownProblems)
    console.print_line("... and " + std::to_string(found - kShownProblems) +
                       " more; --json lists all");
}

ExitStatus judge(const data::Manifest& manifest, const std::vector<data::FileProblem>& files,
                 const std::vector<SplitLeaks>& leaks, bool allow_leak) {
  if (count_leaks(leaks) > 0 && !allow_leak) return ExitStatus::every_input_refused;
  std::set<std::size_t> bad_lines;
  for (const auto& problem : files) bad_lines.insert(problem.line);
  return batch_status(manifest.rows.size() - bad_lines.size(), bad_lines.size());
}

ExitStatus run(const CheckDataOptions& options, Context& context) {
  const auto manifest = data::read_manifest(context.argument("MANIFEST"));
  const auto leaks = find_all_leaks(manifest, options.split_column);
  const auto files = options.files ? data::check_files(manifest) : std::vector<data::FileProblem>{};
  const auto counts = count_rows(manifest);
  if (context.common.json) {
    context.console.print_json(to_json(manifest, counts, files, leaks));
  } else {
    print_tables(context.console, counts, problems_table(manifest, files, leaks));
  }
  if (files.empty() && count_leaks(leaks) == 0) context.console.message("no problems found");
  return judge(manifest, files, leaks, options.allow_leak);
}

}  // namespace

Command check_data_command() {
  return make_command<CheckDataOptions>(
      {.verb = "check-data",
       .group = "Data and training",
       .summary = "check a manifest: format, files, counts, patients on both sides of a split",
       .example = "cxrnet check-data manifest.csv --split-column group_split",
       .positionals = {{.name = "MANIFEST", .help = "the manifest (CSV)"}},
       .uses = {.json = true}},
      run);
}

}  // namespace cxrnet::app
