// One page for a batch of X-rays: for each the lungs, the enhanced image, the heat map, the
// probabilities and the flags; at the top what the model is, its limits and a table of all cases.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cxrnet/pipeline/diagnosis.h"
#include "cxrnet/report/report_context.h"

namespace cxrnet::report {

/// Cases with pictures in one page, unless the caller says otherwise: about 40 MB of HTML, which a
/// browser still opens.
inline constexpr std::size_t kPicturedCases = 200;

/// Builds the page case by case. Pictures are scaled down and encoded when a case is added, so that
/// a batch costs the size of its page and no more.
class CaseReport {
 public:
  /// Cases beyond the first `pictured_cases` stand in the table alone, and the page says so.
  explicit CaseReport(ReportContext context, std::size_t pictured_cases = kPicturedCases);

  /// `title` names the case to the reader who handed it in, such as a file's stem. Pictures that
  /// the diagnosis lacks (mask, heat) are left out. Errors: invalid_shape when there is no image,
  /// no enhanced image or not one probability per label; then nothing was added.
  void add(std::string_view title, const pipeline::Diagnosis& diagnosis);

  /// An input that was not diagnosed; `reason_code` as cxrnet::reason_code.
  void add_refused(std::string_view title, std::string_view reason_code, std::string_view message);

  /// The run was cut off before that many inputs.
  void note_unprocessed(std::size_t inputs) { report::note_unprocessed(context_, inputs); }

  /// The page: HTML 5 without scripts and without anything from outside.
  std::string finish() const;

 private:
  ReportContext context_;
  std::size_t pictured_cases_;
  std::string summary_rows_, case_sections_, refused_rows_;  // HTML
  std::size_t diagnosed_ = 0, flagged_ = 0, refused_ = 0;
};

}  // namespace cxrnet::report
