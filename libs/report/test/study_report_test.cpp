#include "cxrnet/report/study_report.h"

#include <gtest/gtest.h>

#include "cxrnet/report/study_figures.h"
#include "error_matchers.h"
#include "markup_check.h"
#include "page/picture.h"
#include "study/section.h"
#include "study_sample.h"

namespace cxrnet::report {
namespace {

namespace fs = std::filesystem;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// What stands between the heading of a section and the next section.
std::string section_of(const std::string& page, const std::string& key) {
  const auto begin = page.find("<h2 id=\"" + key + "\"");
  EXPECT_NE(begin, std::string::npos) << key;
  return begin == std::string::npos ? ""
                                    : page.substr(begin, page.find("</section>", begin) - begin);
}

// Whether `parts` occur in that order.
::testing::AssertionResult in_order(const std::string& text,
                                    const std::vector<std::string>& parts) {
  std::size_t at = 0;
  for (const auto& part : parts) {
    at = text.find(part, at);
    if (at == std::string::npos)
      return ::testing::AssertionFailure() << part << " is missing or out of order";
  }
  return ::testing::AssertionSuccess();
}

class StudyReport : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    const auto study = sample_study();
    pictures_ = write_pictures(study, folder_->path());
    draw_study_figures(study, folder_->path());
    page_ = new std::string(format_study_report(study, folder_->path()));
  }
  static void TearDownTestSuite() {
    delete page_;
    delete folder_;
  }

  static TemporaryFolder* folder_;
  static std::string* page_;
  static int pictures_;
};
TemporaryFolder* StudyReport::folder_ = nullptr;
std::string* StudyReport::page_ = nullptr;
int StudyReport::pictures_ = 0;

TEST_F(StudyReport, IsOneWellFormedPageWithNothingFromOutside) {
  const auto markup = read_markup(*page_);
  EXPECT_EQ(markup.error, "");
  int pictures = 0;
  int drawings = 0;
  std::set<std::string> ids;
  for (const auto& tag : markup.tags) {
    EXPECT_TRUE(tag.name != "script" && tag.name != "link" && tag.name != "iframe") << tag.text;
    if (tag.name == "img") {
      ++pictures;
      EXPECT_TRUE(tag.text.starts_with("<img src=\"data:image/png;base64,"))
          << tag.text.substr(0, 60);
      EXPECT_TRUE(contains(tag.text, "alt=\"") && !contains(tag.text, "alt=\"\""))
          << tag.text.substr(0, 60);
    }
    if (tag.name == "svg") ++drawings;
    if (const auto at = tag.text.find(" id=\""); at != std::string::npos) {
      const auto id = tag.text.substr(at + 5, tag.text.find('"', at + 5) - at - 5);
      EXPECT_TRUE(ids.insert(id).second) << "twice: " << id;
    }
  }
  EXPECT_EQ(pictures, pictures_);
  EXPECT_EQ(drawings, 12);
  EXPECT_FALSE(contains(*page_, "Not part of this run"));
  EXPECT_TRUE(contains(markup.text, "Research use only."));
}

TEST_F(StudyReport, OpensWithTheSummaryAndFollowsThePaper) {
  EXPECT_TRUE(in_order(*page_, {"<h1>",
                                "does not beat Grad-CAM",
                                "The selection form does",
                                "id=\"data\"",
                                "id=\"plan\"",
                                "id=\"fig3\"",
                                "id=\"fig7\"",
                                "id=\"fig8\"",
                                "id=\"fig9\"",
                                "id=\"fig10\"",
                                "id=\"fig11\"",
                                "id=\"table1\"",
                                "id=\"fig12\"",
                                "id=\"fig13\"",
                                "id=\"fig14\"",
                                "id=\"leakage\"",
                                "id=\"judge\"",
                                "id=\"audit\"",
                                "id=\"ablations\"",
                                "id=\"made\""}));
  for (const auto& [key, title] : study_sections()) {
    EXPECT_TRUE(contains(*page_, "<a href=\"#" + std::string(key) + "\">")) << key;
    EXPECT_EQ(occurrences(*page_, "<h2 id=\"" + std::string(key) + "\">"), 1) << key;
  }
}

TEST_F(StudyReport, PutsThePapersFiguresBesideOurs) {
  const auto beside = [&](const std::string& key, const std::string& ours,
                          const std::string& paper) {
    EXPECT_TRUE(contains(section_of(*page_, key), "<strong>" + ours + "</strong>")) << key;
    EXPECT_TRUE(contains(section_of(*page_, key), "<td class=\"number paper\">" + paper + "</td>"))
        << key;
  };
  beside("fig8", "0.931", "0.925");
  beside("fig10", "0.803", "0.847");
  beside("fig10", "0.811", "0.879");
  beside("table1", "0.890", "0.881");  // precision of healthy, whole images
  beside("table1", "0.940", "0.992");  // recall of COVID-19, lungs alone
  for (const char* aoppc : {"0.903", "0.868", "0.629"}) {
    EXPECT_EQ(occurrences(section_of(*page_, "fig13"),
                          "<td class=\"number paper\">" + std::string(aoppc) + "</td>"),
              1)
        << aoppc;
  }
  EXPECT_TRUE(
      contains(section_of(*page_, "fig8"), "100 images of the test side, split by patient"));
  EXPECT_TRUE(contains(section_of(*page_, "fig10"), "<td class=\"number\">0.190</td>"));  // McNemar
}

// The study's second matrix is ordered by name, as the paper's; both are shown in our order.
TEST_F(StudyReport, ShowsBothConfusionMatricesInOneOrder) {
  const auto section = section_of(*page_, "fig11");
  EXPECT_TRUE(
      in_order(section, {"Ours, whole images",   "<strong>138</strong>", "<strong>4</strong>",
                         "<strong>6</strong>",   "<strong>2</strong>",   "Paper, whole images",
                         "<strong>297</strong>", "<strong>2</strong>",   "<strong>4</strong>",
                         "<strong>2</strong>",   "Ours, lungs alone",    "<strong>140</strong>",
                         "<strong>3</strong>",   "<strong>6</strong>",   "<strong>1</strong>",
                         "Paper, lungs alone",   "<strong>295</strong>", "<strong>3</strong>",
                         "<strong>6</strong>",   "<strong>1</strong>"}));
}

TEST_F(StudyReport, StatesHowItWasMade) {
  const auto section = section_of(*page_, "made");
  const auto study = sample_study();
  for (const std::string& fact :
       {study["command"].get<std::string>(), study["data"]["manifest_sha256"].get<std::string>(),
        std::string("1.13.1"), std::string("quick"), study["date"].get<std::string>()}) {
    EXPECT_TRUE(contains(section, fact)) << fact;
  }
  EXPECT_TRUE(contains(section_of(*page_, "plan"), "left out"));
  EXPECT_TRUE(contains(section_of(*page_, "plan"), "2\u00A0min\u00A051\u00A0s"));  // 171 s
  EXPECT_TRUE(contains(section_of(*page_, "data"), "adults"));
}

TEST_F(StudyReport, ComparesSeenWithUnseenPatientsOfOneNetwork) {
  const auto section = section_of(*page_, "leakage");
  EXPECT_TRUE(in_order(
      section, {"One network, one test side of the random split", "ResNet-50, lungs alone",
                "Met in training", ">190<", ">312<", "<strong>0.846</strong>", "Never met", ">240<",
                ">268<", "<strong>0.811</strong>", "Met minus never met", "<strong>0.035</strong>",
                "The same between images of one label", "<strong>0.052</strong>",
                "20 images of patients who only chose the epoch are left out."}));
  EXPECT_FALSE(contains(section, "split by patient"));  // no second model
}

TEST_F(StudyReport, ShowsContrastEnhancementAndAnnotatedLungs) {
  const auto enhanced = section_of(*page_, "fig3");
  EXPECT_TRUE(in_order(
      enhanced, {"Clip limit 2, 8 x 8 tiles", "Before CLAHE", "After CLAHE", "a1", "before CLAHE\"",
                 "after CLAHE\"", "<svg", "41.2", "58.6", "After minus before", "17.4"}));
  const auto lungs = section_of(*page_, "fig7");
  EXPECT_TRUE(in_order(
      lungs, {"with its annotated lungs", "lungs 31.2", "lungs 27.4", ">290<", ">145<", "0.331"}));
}

// The paper's split leaves patients on both sides: the page may not claim otherwise.
TEST(StudyReportOfLittle, SaysWhichSplitWasTestedOn) {
  const TemporaryFolder folder;
  auto study = sample_study();
  study["data"]["split"] = "group_split";
  EXPECT_TRUE(contains(section_of(format_study_report(study, folder.path()), "data"),
                       "No patient is on both sides."));
  study["data"]["split"] = "paper_split";
  study["data"]["split_is_random"] = true;
  const auto page = section_of(format_study_report(study, folder.path()), "data");
  EXPECT_TRUE(contains(page, "Patients may be on both sides, as in the paper"));
  EXPECT_FALSE(contains(page, "No patient is on both sides."));
}

TEST_F(StudyReport, GivesTheReasonOfAnUndefinedFigure) {
  EXPECT_TRUE(contains(section_of(*page_, "audit"), "undefined: one run alone"));
}

TEST_F(StudyReport, SaysWhyASectionIsAbsent) {
  for (const auto& [key, title] : study_sections()) {
    if (key == "made" || key == "plan") continue;
    auto study = sample_study();
    study.erase(std::string(key));
    study["plan"].push_back({{"stage", "x"},
                             {"item", key},
                             {"title", "stage <x>"},
                             {"state", "failed"},
                             {"reason", "disk full"}});
    const auto page = format_study_report(study, folder_->path());
    EXPECT_EQ(read_markup(page).error, "") << key;
    const auto section = section_of(page, std::string(key));
    EXPECT_TRUE(contains(section, "Not part of this run: ")) << key;
    EXPECT_TRUE(contains(section, "stage &lt;x&gt; (failed: disk full)")) << key;
    EXPECT_FALSE(contains(section, "<table")) << key;
  }
}

TEST_F(StudyReport, NamesTheStagesThatASectionLacks) {
  const auto section = section_of(*page_, "ablations");
  EXPECT_TRUE(contains(
      section, "Missing here: without CLAHE (left out: preset quick: 30 minutes at most)."));
  EXPECT_TRUE(contains(section, "without the second encoder&#39;s loss"));
}

TEST(StudyReportOfLittle, StandsWithoutAnything) {
  const TemporaryFolder folder;
  const auto page = format_study_report({{"schema", "cxrnet.study/1"}}, folder.path());
  EXPECT_EQ(read_markup(page).error, "");
  EXPECT_TRUE(contains(page, "This study states no summary."));
  EXPECT_EQ(occurrences(page, "the plan of this run does not ask for it"), 16);  // all but "made"
}

TEST(StudyReportOfLittle, SaysWhichPicturesAreMissing) {
  const TemporaryFolder folder;  // without figures and pictures
  auto study = sample_study();
  study["fig12"]["rows"][0]["input"] = "../outside.png";
  study["fig8"]["examples"][0]["picture"] = "study.txt";
  write_file_atomically(folder.path() / "study.txt",
                        "this is not a picture, but a text of some length");
  const auto page = format_study_report(study, folder.path());
  EXPECT_EQ(read_markup(page).error, "");
  EXPECT_FALSE(contains(page, "<img"));
  EXPECT_FALSE(contains(page, "<svg"));
  EXPECT_TRUE(contains(page, "picture not readable: not_found"));
  EXPECT_TRUE(contains(page, "picture outside of the study&#39;s folder, not shown"));
  EXPECT_TRUE(contains(page, "picture is not a PNG file"));
  EXPECT_TRUE(contains(page, "The diagram fig13_block.svg could not be shown: not_found."));
}

// Every text of the study becomes markup, if it can.
void make_hostile(Json& node) {
  if (node.is_string()) {
    const auto text = node.get<std::string>();
    if (text != "cxrnet.study/1") node = text + "<script>alert('&\"')</script>\xFF";
  } else if (node.is_structured()) {
    for (auto& child : node) make_hostile(child);
  }
}

TEST(StudyReportOfLittle, EscapesEveryText) {
  const TemporaryFolder folder;
  auto study = sample_study();
  make_hostile(study);
  study["data"]["labels"]["<b>label</b>"] = {{"train", 1}, {"test", 1}};
  study["environment"]["<b>cpu</b>"] = "x";
  study["fig14"]["rows"][0]["maps"]["<b>map</b>"] = "x";
  const auto page = format_study_report(study, folder.path());
  const auto markup = read_markup(page);
  EXPECT_EQ(markup.error, "");
  for (const auto& tag : markup.tags)
    EXPECT_TRUE(tag.name != "script" && tag.name != "b") << tag.text;
  EXPECT_TRUE(
      contains(page, "&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;\xEF\xBF\xBD"));
}

// Whatever type a member has, the page stands.
void spoil(Json& node, const Json& with) {
  if (node.is_structured()) {
    for (auto& child : node) {
      if (child.is_structured() && !child.empty())
        spoil(child, with);
      else
        child = with;
    }
  }
}

TEST(StudyReportOfLittle, ToleratesMembersOfAnyType) {
  const TemporaryFolder folder;
  for (const Json& with : {Json(nullptr), Json(-1), Json(1e300), Json("text"), Json(true),
                           Json::array({1}), Json::object({{"a", 1}})}) {
    auto study = sample_study();
    spoil(study, with);
    study["schema"] = "cxrnet.study/1";
    EXPECT_EQ(read_markup(format_study_report(study, folder.path())).error, "") << with.dump();
    for (auto& [key, value] : study.items()) {
      if (key != "schema") value = with;
    }
    EXPECT_EQ(read_markup(format_study_report(study, folder.path())).error, "") << with.dump();
  }
}

TEST(StudyReportOfLittle, RefusesWhatIsNoStudy) {
  const TemporaryFolder folder;
  for (const Json& study :
       {Json(), Json::array(), Json{{"schema", "cxrnet.evaluate/1"}}, Json{{"schema", 1}}}) {
    EXPECT_EQ(caught([&] { format_study_report(study, folder.path()); }).code,
              ErrorCode::invalid_option);
  }
}

}  // namespace
}  // namespace cxrnet::report
