#include "cxrnet/report/study_report.h"

#include "page/page.h"
#include "study/parts.h"
#include "study/style.h"

namespace cxrnet::report {
namespace {

Html summary(const Json& study) {
  Html sentences;
  for (const auto& sentence : items(study, "summary"))
    sentences.append(element("li", {}, text_of(sentence)));
  return sentences.empty() ? concat("This study states no summary.") : element("ul", {}, sentences);
}

Html contents(const Json& study) {
  Html entries;
  for (const auto& [key, title] : study_sections()) {
    const auto& section = member(study, key);
    const bool absent = key != "made" && (section.is_null() || section.empty());
    entries.append(element("li", {{"class", absent ? "gone" : "there"}},
                           element("a", {{"href", "#" + std::string(key)}}, title),
                           absent ? " (not run)" : ""));
  }
  return element("nav", {{"class", "contents"}, {"aria-label", "Contents"}},
                 element("ol", {}, entries));
}

}  // namespace

std::string format_study_report(const Json& study, const std::filesystem::path& folder) {
  require_study(study);
  const StudyView view{.study = study, .folder = folder};
  const Html body =
      concat(glance(view), data_section(view), plan_section(view), fig3_section(view),
             fig7_section(view), fig8_section(view), fig9_section(view), fig10_section(view),
             fig11_section(view), table1_section(view), fig12_section(view), fig13_section(view),
             fig14_section(view), leakage_section(view), judge_section(view), audit_section(view),
             ablations_section(view), made_section(view));
  return page({.title = "CXR-Net reproduced",
               .lead = summary(study),
               .header = contents(study),
               .body = body,
               .style = kStudyStyle});
}

}  // namespace cxrnet::report
