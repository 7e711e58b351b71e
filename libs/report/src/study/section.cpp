#include "study/section.h"

#include <algorithm>

#include "cxrnet/core/options.h"
#include "page/number_text.h"
#include "page/table.h"
#include "study/names.h"

namespace cxrnet::report {
namespace {

// The stages of an item that did not end well, each with its reason.
std::vector<std::string> shortfalls(const Json& study, std::string_view item) {
  std::vector<std::string> texts;
  for (const auto& stage : items(study, "plan")) {
    const std::string state = text_of(stage, "state");
    if (text_of(stage, "item") != item || state == "done") continue;
    const std::string reason = text_of(stage, "reason");
    std::string title = text_of(stage, "title");
    if (title.empty()) title = text_of(stage, "stage");
    texts.push_back(title + " (" + (state.empty() ? "no state" : state) +
                    (reason.empty() ? "" : ": " + reason) + ")");
  }
  return texts;
}

std::string absence(const Json& study, std::string_view item) {
  const auto missing = shortfalls(study, item);
  if (!missing.empty()) return join(missing, "; ") + ".";
  for (const auto& stage : items(study, "plan")) {
    if (text_of(stage, "item") == item) return "its stages ran, but left no result.";
  }
  return "the plan of this run does not ask for it.";
}

std::string_view title_of(std::string_view key) {
  for (const auto& section : study_sections()) {
    if (section.key == key) return section.title;
  }
  return key;
}

}  // namespace

const std::vector<SectionTitle>& study_sections() {
  static const std::vector<SectionTitle> kSections{
      {"data", "Data, and what they confound"},
      {"plan", "What was run"},
      {"fig3", "Fig. 3: contrast enhancement"},
      {"fig7", "Fig. 7: annotated lungs"},
      {"fig8", "Fig. 8: lung segmentation"},
      {"fig9", "Fig. 9: six encoders"},
      {"fig10", "Fig. 10: whole images or lungs alone"},
      {"fig11", "Fig. 11: confusion matrices"},
      {"table1", "Table I: precision, recall, F1"},
      {"fig12", "Fig. 12: heat maps"},
      {"fig13", "Fig. 13: perturbation curves and AOPPC"},
      {"fig14", "Fig. 14: heat maps and annotated lesions"},
      {"leakage", "Leakage: patients met in training, and others"},
      {"judge", "An independent judge"},
      {"audit", "Audit: can the maps be trusted?"},
      {"ablations", "Ablations"},
      {"made", "How this was made"}};
  return kSections;
}

Html study_section(const StudyView& view, std::string_view key,
                   const std::function<Html(const Json& section)>& content) {
  const auto& section = member(view.study, key);
  Html body;
  if (section.is_null() || section.empty()) {
    body = element("p", {{"class", "absent"}}, "Not part of this run: ", absence(view.study, key));
  } else {
    const auto missing = shortfalls(view.study, key);
    if (!missing.empty()) {
      body = element("p", {{"class", "absent"}}, "Missing here: ", join(missing, "; "), ".");
    }
    body.append(content(section));
  }
  return element("section", {}, element("h2", {{"id", key}}, title_of(key)), body);
}

std::string sample_text(const StudyView& view, const Json& section) {
  std::string n = text_of(section, "n");
  for (const char* list : {"rows", "arms"}) {
    const auto& rows = items(section, list);
    if (n.empty() && !rows.empty()) n = text_of(rows.front(), "n");
  }
  if (n.empty()) n = text_of(member(member(view.study, "data"), "used"), "test");
  const std::string split = text_of(section, "split");
  std::string text = (n.empty() ? "images" : n + " images") + " of the test side";
  if (!split.empty()) text += ", " + split_name(split);
  return text;
}

Html note(const Html& text) { return element("p", {{"class", "note"}}, text); }
Html note(std::string_view text) { return note(concat(text)); }
Html narrow(const Html& table) { return element("div", {{"class", "narrow"}}, table); }
Html sub_heading(std::string_view text) { return element("h3", {}, text); }

Html paper_cell(std::optional<double> value) {
  return paper_cell(value ? figure_text(*value) : std::string("–"));
}

Html paper_cell(std::string_view text) { return element("td", {{"class", "number paper"}}, text); }

std::vector<EstimateColumn> occurring(const std::vector<EstimateColumn>& columns,
                                      const std::vector<Json>& rows) {
  std::vector<EstimateColumn> kept;
  for (const auto& column : columns) {
    const bool any = std::any_of(rows.begin(), rows.end(), [&](const Json& row) {
      return !member(row, column.key).is_null();
    });
    if (any) kept.push_back(column);
  }
  return kept;
}

}  // namespace cxrnet::report
