// The sections of study.json as flat tables, for spreadsheets and plots.
#include <algorithm>
#include <map>

#include "cxrnet/core/files.h"
#include "document/document.h"

namespace cxrnet::study {
namespace {

using nlohmann::json;

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char letter : text) cell += letter == '"' ? "\"\"" : std::string(1, letter);
  return cell + "\"";
}

std::string cell_of(const json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return quoted(value.get<std::string>());
  return value.dump();
}

bool is_estimate(const json& value) {
  return value.is_object() && value.contains("value") && value.contains("interval");
}

// A row as name and cell pairs: estimates become three columns, lists of numbers one per element.
std::vector<std::pair<std::string, std::string>> flatten(const json& row) {
  std::vector<std::pair<std::string, std::string>> cells;
  for (const auto& [name, value] : row.items()) {
    if (is_estimate(value)) {
      const auto& interval = value.at("interval");
      cells.emplace_back(name, cell_of(value.at("value")));
      cells.emplace_back(name + "_low", interval.is_null() ? "" : cell_of(interval.at(0)));
      cells.emplace_back(name + "_high", interval.is_null() ? "" : cell_of(interval.at(1)));
    } else if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i)
        cells.emplace_back(name + "_" + std::to_string(i), cell_of(value[i]));
    } else if (!value.is_object()) {
      cells.emplace_back(name, cell_of(value));
    }
  }
  return cells;
}

std::string format_table(const json& rows) {
  std::vector<std::string> header;
  std::vector<std::map<std::string, std::string>> lines;
  for (const auto& row : rows) {
    auto& line = lines.emplace_back();
    for (const auto& [name, cell] : flatten(row)) {
      if (std::find(header.begin(), header.end(), name) == header.end()) header.push_back(name);
      line[name] = cell;
    }
  }
  std::string text;
  for (std::size_t i = 0; i < header.size(); ++i) text += (i == 0 ? "" : ",") + header[i];
  text += "\n";
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < header.size(); ++i) {
      const auto found = line.find(header[i]);
      text += (i == 0 ? "" : ",") + (found == line.end() ? "" : found->second);
    }
    text += "\n";
  }
  return text;
}

// The rows of every arm, each with the arm's name.
json rows_by_arm(const json& arms, const char* list) {
  json rows = json::array();
  for (const auto& arm : arms) {
    for (json row : arm.at(list)) {
      row["arm"] = arm.at("arm");
      rows.push_back(row);
    }
  }
  return rows;
}

json confusion_rows(const json& matrices) {
  json rows = json::array();
  for (const auto& matrix : matrices) {
    for (std::size_t i = 0; i < matrix.at("labels").size(); ++i) {
      json row{{"arm", matrix.at("arm")}, {"actual", matrix["labels"][i]}};
      for (std::size_t j = 0; j < matrix["labels"].size(); ++j)
        row["predicted_" + matrix["labels"][j].get<std::string>()] = matrix["counts"][i][j];
      rows.push_back(row);
    }
  }
  return rows;
}

json curve_rows(const json& curves) {
  json rows = json::array();
  for (const auto& curve : curves) {
    for (std::size_t i = 0; i < curve.at("epoch").size(); ++i) {
      rows.push_back({{"encoder", curve["encoder"]},
                      {"arm", curve["arm"]},
                      {"epoch", curve["epoch"][i]},
                      {"training_loss", curve["training_loss"][i]}});
    }
  }
  return rows;
}

json grey_value_rows(const json& fig3) {
  json rows = json::array();
  for (std::size_t i = 0; i < fig3.at("grey_values").size(); ++i) {
    rows.push_back({{"grey_value", fig3["grey_values"][i]},
                    {"share_before", fig3["share_before"][i]},
                    {"share_after", fig3["share_after"][i]}});
  }
  return rows;
}

// Table name and rows of everything that the document holds.
std::vector<std::pair<std::string, json>> tables_of(const json& study) {
  std::vector<std::pair<std::string, json>> tables{{"plan", study.at("plan")}};
  const auto add = [&](const char* item, const char* list, const std::string& name) {
    if (study.contains(item) && study[item].contains(list))
      tables.emplace_back(name, study[item][list]);
  };
  if (study.contains("fig3")) tables.emplace_back("fig3", grey_value_rows(study["fig3"]));
  add("fig7", "masks", "fig7");
  if (study.contains("fig8")) tables.emplace_back("fig8", json::array({study["fig8"]}));
  add("fig9", "rows", "fig9");
  add("fig10", "rows", "fig10");
  add("fig10", "mcnemar", "fig10_mcnemar");
  if (study.contains("fig10"))
    tables.emplace_back("fig10_curves", curve_rows(study["fig10"]["curves"]));
  if (study.contains("fig11"))
    tables.emplace_back("fig11", confusion_rows(study["fig11"]["matrices"]));
  if (study.contains("table1"))
    tables.emplace_back("table1", rows_by_arm(study["table1"]["arms"], "classes"));
  add("leakage", "rows", "leakage");
  add("fig13", "methods", "fig13");
  add("judge", "methods", "judge");
  add("judge", "paired", "judge_paired");
  add("fig14", "methods", "fig14");
  add("audit", "sanity", "audit_sanity");
  add("audit", "agreement", "audit_agreement");
  if (study.contains("ablations")) tables.emplace_back("ablations", study["ablations"]);
  return tables;
}

}  // namespace

void write_tables(const json& study, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "tables");
  for (const auto& [name, rows] : tables_of(study))
    write_file_atomically(folder / "tables" / (name + ".csv"), format_table(rows));
}

}  // namespace cxrnet::study
