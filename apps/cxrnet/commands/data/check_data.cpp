// check-data: is a manifest fit for training and evaluation?
#include <map>
#include <set>

#include "commands/commands.h"
#include "commands/data/picture_decoder.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/data/manifest.h"

namespace cxrnet::app {
namespace {

using nlohmann::json;
constexpr std::size_t kShownProblems = 20;

struct CheckDataOptions {
  bool allow_leak =
      false;  // a patient on both sides of a split is reported, but does not refuse the manifest
  std::string split_column;  // the one to check for leaks; empty: each of them
  bool files = true;         // look whether each image and mask is there
  data::Duplicates duplicates = data::Duplicates::report;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.allow_leak,
          Field{"allow-leak",
                "report patients on both sides of a split without refusing the manifest"});
    visit(self.split_column,
          Field{"split-column", "check this split for leaks; empty: every split column"});
    visit(self.files, Field{"files", "look whether each image and mask is there"});
    visit(self.duplicates,
          Field{"duplicates",
                "copies of a picture on two sides (equal files, equal pixels, near copies): report "
                "them, refuse the manifest for them, or ignore: do not read the pictures"});
  }
};

struct CheckedSplit {
  std::string column;
  std::vector<data::Leak> leaks;  // indices are those of the manifest's rows
  std::vector<std::string> notes;
  std::vector<data::DuplicatePair> duplicates = {};
};

std::vector<CheckedSplit> check_splits(const data::Manifest& manifest,
                                       const std::string& split_column) {
  auto columns = data::split_columns(manifest.header);
  if (!split_column.empty()) {
    data::split_cells(manifest, split_column);  // refuses an unknown one
    columns = {split_column};
  }
  std::vector<std::string> groups;
  for (const auto& row : manifest.rows) groups.push_back(data::group_of(row));
  std::vector<CheckedSplit> checked;
  for (const auto& column : columns) {
    const auto cells = data::split_cells(manifest, column);
    checked.push_back({.column = column,
                       .leaks = data::find_leaks(groups, cells),
                       .notes = data::notes_on_split(column, data::describe_split(cells))});
  }
  return checked;
}

// Pictures are read once for all splits.
void find_duplicates(const data::Manifest& manifest, std::vector<CheckedSplit>& splits) {
  if (splits.empty()) return;
  const auto traits = data::read_traits(manifest, picture_decoder());
  for (auto& split : splits)
    split.duplicates = data::find_duplicates(traits, data::split_cells(manifest, split.column));
}

std::size_t count_duplicates(const std::vector<CheckedSplit>& splits) {
  std::size_t count = 0;
  for (const auto& split : splits) count += split.duplicates.size();
  return count;
}

std::size_t count_leaks(const std::vector<CheckedSplit>& splits) {
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
      const auto named = data::side_of(row.columns.at(column));
      const std::string side = column + "=" + (named.empty() ? "(none)" : named);
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

std::vector<std::size_t> lines_of(const data::Manifest& manifest) {
  std::vector<std::size_t> lines;
  for (const auto& row : manifest.rows) lines.push_back(row.line);
  return lines;
}

std::string shown_lines(const data::Manifest& manifest, const std::vector<std::size_t>& rows) {
  std::vector<std::string> lines;
  for (const auto line : lines_of(manifest, rows)) lines.push_back(std::to_string(line));
  return join(lines);
}

// Training first, test last.
std::string shown_sides(const data::Manifest& manifest, const data::Leak& leak) {
  std::vector<std::string> shown;
  const auto add = [&](const std::string& side, const std::string& name) {
    const auto rows = leak.rows.find(side);
    if (rows != leak.rows.end())
      shown.push_back(name + " (lines " + shown_lines(manifest, rows->second) + ")");
  };
  add("train", "training");
  for (const auto& [side, rows] : leak.rows) {
    if (side != "train" && side != "test") add(side, side);
  }
  add("test", "test");
  return join(shown, " and ");
}

// Patients are told by the manifest's lines: an identifier belongs neither on a terminal nor in a
// log.
Table problems_table(const data::Manifest& manifest, const std::vector<data::FileProblem>& files,
                     const std::vector<CheckedSplit>& leaks) {
  Table table{.header = {"code", "problem"}, .rows = {}};
  const auto all_lines = lines_of(manifest);
  for (const auto& problem : files) table.rows.push_back({"not_found", problem.message});
  for (const auto& split : leaks) {
    for (const auto& leak : split.leaks) {
      table.rows.push_back(
          {"patient_leak", split.column + ": one patient in " + shown_sides(manifest, leak)});
    }
    for (const auto& pair : split.duplicates)
      table.rows.push_back({"duplicate", split.column + ": " + data::describe(pair, all_lines)});
  }
  return table;
}

// `train_lines` are those of every other side than test; `sides` tells them apart where they are
// not train's alone.
json leaks_json(const data::Manifest& manifest, const std::vector<data::Leak>& leaks) {
  json list = json::array();
  for (const auto& leak : leaks) {
    json sides = json::object();
    std::vector<std::size_t> train, test;
    for (const auto& [side, rows] : leak.rows) {
      auto& part = side == "test" ? test : train;
      part.insert(part.end(), rows.begin(), rows.end());
      sides[side] = lines_of(manifest, rows);
    }
    std::sort(train.begin(), train.end());
    list.push_back(
        {{"train_lines", lines_of(manifest, train)}, {"test_lines", lines_of(manifest, test)}});
    if (!leak.rows.contains("train") || !leak.rows.contains("test") || leak.rows.size() > 2)
      list.back()["sides"] = sides;
  }
  return list;
}

json to_json(const data::Manifest& manifest, const Counts& counts,
             const std::vector<data::FileProblem>& files, const std::vector<CheckedSplit>& leaks) {
  json document{{"schema", "cxrnet.check-data/1"}, {"n", manifest.rows.size()},
                {"counts", json::array()},         {"missing_files", json::array()},
                {"leaks", json::object()},         {"duplicates", json::object()},
                {"notes", json::array()}};
  for (const auto& [key, cells] : counts.by_label_and_source) {
    document["counts"].push_back({{"label", key.first}, {"source", key.second}, {"images", cells}});
  }
  for (const auto& problem : files) {
    document["missing_files"].push_back({{"line", problem.line}, {"message", problem.message}});
  }
  for (const auto& split : leaks) {
    document["leaks"][split.column] = leaks_json(manifest, split.leaks);
    for (const auto& note : split.notes) document["notes"].push_back(note);
    json& duplicates = document["duplicates"][split.column] = json::array();
    for (const auto& pair : split.duplicates) {
      duplicates.push_back({{"lines", lines_of(manifest, {pair.first, pair.second})},
                            {"likeness", to_string(pair.likeness)},
                            {"correlation", pair.correlation}});
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
                 const std::vector<CheckedSplit>& leaks, const CheckDataOptions& options) {
  const bool copies = options.duplicates == data::Duplicates::refuse && count_duplicates(leaks) > 0;
  if (copies || (count_leaks(leaks) > 0 && !options.allow_leak))
    return ExitStatus::every_input_refused;
  std::set<std::size_t> bad_lines;
  for (const auto& problem : files) bad_lines.insert(problem.line);
  return batch_status(manifest.rows.size() - bad_lines.size(), bad_lines.size());
}

ExitStatus run(const CheckDataOptions& options, Context& context) {
  const auto manifest = data::read_manifest(context.argument("MANIFEST"));
  auto leaks = check_splits(manifest, options.split_column);
  if (options.duplicates != data::Duplicates::ignore) find_duplicates(manifest, leaks);
  const auto files = options.files ? data::check_files(manifest) : std::vector<data::FileProblem>{};
  const auto counts = count_rows(manifest);
  if (context.common.json) {
    context.console.print_json(to_json(manifest, counts, files, leaks));
  } else {
    print_tables(context.console, counts, problems_table(manifest, files, leaks));
  }
  for (const auto& split : leaks) {
    for (const auto& note : split.notes) context.console.message("note: " + note);
  }
  if (files.empty() && count_leaks(leaks) == 0 && count_duplicates(leaks) == 0)
    context.console.message("no problems found");
  return judge(manifest, files, leaks, options);
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
