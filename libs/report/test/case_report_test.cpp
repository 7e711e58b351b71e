#include "cxrnet/report/case_report.h"

#include <gtest/gtest.h>

#include <regex>

#include "error_matchers.h"
#include "markup_check.h"
#include "page/html.h"
#include "sample_diagnosis.h"

namespace cxrnet::report {
namespace {

using pipeline::Flag;

constexpr const char* kScript = "<script>alert(1)</script>";

std::string page_of(const pipeline::Diagnosis& diagnosis,
                    ReportContext context = sample_context()) {
  CaseReport report(std::move(context));
  report.add("scan 1", diagnosis);
  return report.finish();
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

void expect_self_contained(const std::string& page) {
  const auto markup = read_markup(page);
  ASSERT_EQ(markup.error, "");
  for (const auto& tag : markup.tags) {
    EXPECT_NE(tag.name, "script");
    EXPECT_NE(tag.name, "link");
    const bool inside = tag.name == "img" ? contains(tag.text, "<img src=\"data:image/jpeg;base64,")
                        : tag.name == "a" ? contains(tag.text, "href=\"#")
                                          : true;
    EXPECT_TRUE(inside) << tag.text.substr(0, 80);
  }
  EXPECT_FALSE(contains(page, "http:") || contains(page, "https:") || contains(page, "url(") ||
               contains(page, "@import"));
}

TEST(CaseReport, IsOneWellFormedPageWithoutAnythingFromOutside) {
  CaseReport report(sample_context());
  report.add("scan 1", sample_diagnosis());
  report.add("scan 2", sample_diagnosis({64, 900}));
  report.add_refused("notes", "unsupported_format", "image: expected PNG, got text; convert it");
  const auto page = report.finish();
  expect_self_contained(page);
  EXPECT_TRUE(contains(page, "<html lang=\"en\">"));
  EXPECT_TRUE(contains(page, "default-src &#39;none&#39;; img-src data:;"));
  EXPECT_TRUE(contains(page, "prefers-color-scheme: dark"));
  EXPECT_TRUE(contains(page, "2 images diagnosed, none flagged, 1 refused."));
}

TEST(CaseReport, IsWellFormedWithoutCases) {
  const auto page = CaseReport(sample_context()).finish();
  expect_self_contained(page);
  EXPECT_TRUE(contains(page, "No image was diagnosed."));
}

TEST(CaseReport, SaysResearchUseModelAndLimits) {
  auto context = sample_context();
  const auto without = page_of(sample_diagnosis(), context);
  EXPECT_TRUE(contains(without, "<strong>Research use only.</strong> Not a medical device"));
  EXPECT_TRUE(contains(without, "The model file states none."));
  context.limits = "Children have pneumonia here, adults COVID-19.";
  context.architecture = "resnet50";
  context.date = "2024-05-31";
  context.command = "cxrnet predict a.png";
  context.settings = {{"Threads", "2"}};
  const auto page = page_of(sample_diagnosis(), context);
  for (const char* part :
       {"Children have pneumonia here, adults COVID-19.", "resnet50", "2024-05-31", "tiny",
        "abc123", "cxrnet predict a.png", "<dt>Threads</dt><dd>2</dd>", "cxrnet 0.1.0"}) {
    EXPECT_TRUE(contains(page, part)) << part;
  }
  EXPECT_FALSE(contains(page, "The model file states none."));
}

TEST(CaseReport, EscapesEveryTextFromOutside) {
  ReportContext context{.model_name = kScript, .model_sha256 = kScript, .version = kScript};
  context.limits = context.architecture = context.date = context.command = kScript;
  context.settings = {{kScript, kScript}};
  CaseReport report(context);
  report.add(kScript, sample_diagnosis());
  report.add_refused(kScript, kScript, kScript);
  const auto page = report.finish();
  expect_self_contained(page);
  EXPECT_GE(occurrences(read_markup(page).text, "&lt;script&gt;alert(1)&lt;/script&gt;"), 13);
}

TEST(CaseReport, ExplainsEveryFlag) {
  const Flag flags[] = {Flag::low_resolution,        Flag::low_contrast,
                        Flag::unusual_lung_fraction, Flag::out_of_distribution,
                        Flag::low_confidence,        Flag::doubtful_view,
                        Flag::doubtful_body_part,    Flag::unusual_orientation,
                        Flag::for_processing,        Flag::secondary_capture};
  auto diagnosis = sample_diagnosis();
  diagnosis.flags.assign(std::begin(flags), std::end(flags));
  const auto page = page_of(diagnosis);
  for (const auto flag : flags) {
    EXPECT_TRUE(contains(page, pipeline::flag_explanation(flag))) << pipeline::flag_name(flag);
    EXPECT_TRUE(contains(page, "<code>" + std::string(pipeline::flag_name(flag)) + "</code>"));
  }
  EXPECT_EQ(occurrences(page, "class=\"chip\""), 10);
  EXPECT_TRUE(contains(page, "<strong>Unusual lung fraction.</strong>"));
  EXPECT_TRUE(contains(page, "1 image diagnosed, 1 with reasons for doubt."));
}

TEST(CaseReport, ShowsProbabilitiesAsNumbersAndBars) {
  const auto page = page_of(sample_diagnosis());
  for (const char* part : {"< 0.1\u00A0%", "2.2\u00A0%", "4.4\u00A0%", "93.4\u00A0%"}) {
    EXPECT_TRUE(contains(page, escape(part))) << part;
  }
  EXPECT_TRUE(contains(page, "class=\"covid19\" style=\"width:93.42%\""));
  EXPECT_TRUE(contains(page, "calibrated: 80"));
  auto uncalibrated = sample_diagnosis();
  uncalibrated.calibrated = false;
  EXPECT_TRUE(contains(page_of(uncalibrated), "not calibrated: read them as an order"));
}

TEST(CaseReport, LinksEachRowToItsSection) {
  CaseReport report(sample_context());
  for (int i = 0; i < 3; ++i) report.add("scan", sample_diagnosis());
  const auto page = report.finish();
  for (const char* id : {"case-1", "case-2", "case-3"}) {
    EXPECT_EQ(occurrences(page, "href=\"#" + std::string(id) + "\""), 1) << id;
    EXPECT_EQ(occurrences(page, "id=\"" + std::string(id) + "\""), 1) << id;
  }
}

TEST(CaseReport, GivesPicturesTextAndTablesHeaders) {
  const auto markup = read_markup(page_of(sample_diagnosis()));
  int pictures = 0;
  int decorations = 0;
  for (const auto& tag : markup.tags) {
    if (tag.name == "img") ++(contains(tag.text, "alt=\"\"") ? decorations : pictures);
    if (tag.name == "th") {
      EXPECT_TRUE(contains(tag.text, "scope=\"")) << tag.text;
    }
  }
  EXPECT_EQ(pictures, 3);     // lungs, enhanced, heat
  EXPECT_EQ(decorations, 1);  // the thumbnail beside its name
}

TEST(CaseReport, LeavesOutWhatTheDiagnosisLacks) {
  auto diagnosis = sample_diagnosis();
  diagnosis.mask.release();
  diagnosis.heat.release();
  const auto page = page_of(diagnosis);
  expect_self_contained(page);
  EXPECT_EQ(occurrences(page, "<figure"), 2);
  EXPECT_FALSE(contains(page, "Heat map"));
  EXPECT_TRUE(contains(page, "not segmented"));
}

TEST(CaseReport, ComparesTheLungsWithUsualOnes) {
  auto context = sample_context();
  context.usual_lung_fraction = {{0.17, 0.41}};
  EXPECT_TRUE(contains(page_of(sample_diagnosis(), context),
                       "25.0\u00A0% of the image (usual: 17.0\u00A0% to 41.0\u00A0%)"));
}

TEST(CaseReport, BoundsTheSizeOfPictures) {
  const auto page = page_of(sample_diagnosis({3000, 2000}));
  static const std::regex kSize("width=\"([0-9]+)\" height=\"([0-9]+)\"");
  for (const auto& tag : read_markup(page).tags) {
    if (tag.name != "img") continue;
    const std::string end = tag.text.substr(tag.text.size() - 30);
    std::smatch size;
    ASSERT_TRUE(std::regex_search(end, size, kSize)) << end;
    EXPECT_LE(std::max(std::stoi(size[1]), std::stoi(size[2])), 640);
  }
  EXPECT_LT(page.size(),
            900'000U);  // three pictures of noise; real ones take about 120 kB together
}

TEST(CaseReport, PicturesTheFirstCasesAlone) {
  CaseReport report(sample_context(), 2);
  for (int i = 0; i < 4; ++i) report.add("scan " + std::to_string(i), sample_diagnosis());
  const auto page = report.finish();
  expect_self_contained(page);
  EXPECT_EQ(occurrences(page, "class=\"case\""), 2);
  EXPECT_EQ(occurrences(page, "href=\"#case-"), 2);
  for (const char* title : {"scan 0", "scan 1", "scan 2", "scan 3"})
    EXPECT_TRUE(contains(page, title));
  EXPECT_TRUE(contains(page, "Pictures are shown for the first 2 of 4 images"));
}

TEST(CaseReport, RefusesAnIncompleteDiagnosisAndStaysAsItWas) {
  CaseReport report(sample_context());
  const auto before = report.finish();
  auto blind = sample_diagnosis();
  blind.image.release();
  auto unsure = sample_diagnosis();
  unsure.probabilities = {1.0};
  auto misshapen = sample_diagnosis();
  misshapen.mask = cv::Mat(3, 3, CV_32FC1);
  for (const auto* diagnosis : {&blind, &unsure, &misshapen}) {
    EXPECT_EQ(caught([&] { report.add("scan", *diagnosis); }).code, ErrorCode::invalid_shape);
  }
  EXPECT_EQ(report.finish(), before);
}

}  // namespace
}  // namespace cxrnet::report
