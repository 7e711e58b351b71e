#include "cxrnet/report/case_report.h"

#include <utility>

#include "case/check_diagnosis.h"
#include "case/section.h"
#include "page/page.h"
#include "page/table.h"

namespace cxrnet::report {
namespace {

Html summary(std::string rows) {
  if (rows.empty()) return element("p", {}, "No image was diagnosed.");
  return table(
      "All cases; the bar shows healthy, bacterial, viral and COVID-19 from left to right",
      {{"Image"}, {"Answer"}, {"Probability", true}, {"All four"}, {"Lungs", true}, {"Flags"}},
      Html::trusted(std::move(rows)));
}

Html refusals(std::string rows) {
  if (rows.empty()) return {};
  return element("section", {{"class", "refused"}},
                 table("Refused: these inputs were not diagnosed",
                       {{"Input"}, {"Reason"}, {"What to do"}}, Html::trusted(std::move(rows))));
}

Html left_out(std::size_t diagnosed, std::size_t pictured) {
  if (diagnosed <= pictured) return {};
  return element("p", {{"class", "more"}}, "Pictures are shown for the first ",
                 std::to_string(pictured), " of ", std::to_string(diagnosed),
                 " images, to keep this page light; the table above lists all of them.");
}

Html lead(std::size_t diagnosed, std::size_t flagged, std::size_t refused) {
  std::string text = count_of(diagnosed, "image", "images") + " diagnosed";
  text +=
      flagged == 0 ? ", none flagged" : ", " + std::to_string(flagged) + " with reasons for doubt";
  if (refused != 0) text += ", " + std::to_string(refused) + " refused";
  return concat(text + ".");
}

}  // namespace

CaseReport::CaseReport(ReportContext context, std::size_t pictured_cases)
    : context_(std::move(context)), pictured_cases_(pictured_cases) {}

void CaseReport::add(std::string_view title, const pipeline::Diagnosis& diagnosis) {
  require_probabilities(diagnosis);
  require_pictures(diagnosis);
  const bool pictured = diagnosed_ < pictured_cases_;
  const std::string anchor = pictured ? "case-" + std::to_string(diagnosed_ + 1) : std::string();
  const Html row = case_row(anchor, title, diagnosis);
  if (pictured) case_sections_ += case_section(anchor, title, diagnosis, context_).code();
  summary_rows_ += row.code();
  ++diagnosed_;
  if (!diagnosis.flags.empty()) ++flagged_;
}

void CaseReport::add_refused(std::string_view title, std::string_view reason_code,
                             std::string_view message) {
  refused_rows_ += element("tr", {}, row_header(element("span", {{"dir", "auto"}}, title)),
                           cell(element("code", {}, reason_code)), cell(message))
                       .code();
  ++refused_;
}

std::string CaseReport::finish() const {
  const Html body = concat(summary(summary_rows_), refusals(refused_rows_),
                           left_out(diagnosed_, pictured_cases_), Html::trusted(case_sections_));
  return page("Chest X-ray report", lead(diagnosed_, flagged_, refused_), context_, body);
}

}  // namespace cxrnet::report
