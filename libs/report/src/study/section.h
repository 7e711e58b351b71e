// The frame of a study's sections: heading, what is missing and why, the common cells.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "study/json.h"

namespace cxrnet::report {

/// What every section is made from.
struct StudyView {
  const Json& study;
  const std::filesystem::path& folder;  ///< of study.json, pictures and figures
};

/// A section of the page, in its order; `key` is the member of study.json, the plan's item and the
/// anchor.
struct SectionTitle {
  std::string_view key, title;
};
const std::vector<SectionTitle>& study_sections();

/// A section with `content` of the member `key`. When the member is absent: "Not part of this run"
/// and why, by the plan. When it is there, but stages of the plan were left out or failed: which.
Html study_section(const StudyView& view, std::string_view key,
                   const std::function<Html(const Json& section)>& content);

/// "600 images of the test side, split by patient": of the section or
/// its first row, or of the study's data.
std::string sample_text(const StudyView& view, const Json& section);

Html note(const Html& text);
Html note(std::string_view text);
/// A table of few columns, not stretched over the page.
Html narrow(const Html& table);
Html sub_heading(std::string_view text);

/// A cell of the paper's column: three decimals, or a dash.
Html paper_cell(std::optional<double> value);
/// The same with a text, such as "best".
Html paper_cell(std::string_view text);

/// A table's column that shows a member of each row.
struct EstimateColumn {
  std::string_view key, title;
};

/// Those that occur in at least one row.
std::vector<EstimateColumn> occurring(const std::vector<EstimateColumn>& columns,
                                      const std::vector<Json>& rows);

}  // namespace cxrnet::report
