#include "cxrnet/report/study_figures.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "error_matchers.h"
#include "figures/gnuplot.h"
#include "markup_check.h"
#include "study/svg.h"
#include "study_sample.h"

namespace cxrnet::report {
namespace {

namespace fs = std::filesystem;
using ::testing::Test;

const std::vector<std::string> kNames{"fig3",
                                      "fig9",
                                      "fig10a",
                                      "fig10b",
                                      "fig13_block",
                                      "fig13_threshold",
                                      "fig13_rank",
                                      "judge_block",
                                      "judge_paired",
                                      "sanity",
                                      "fig13_block_selection",
                                      "judge_block_selection"};

// Header and rows of a CSV file without quotes.
std::vector<std::vector<std::string>> read_csv(const fs::path& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) {
    std::vector<std::string> fields(1);
    for (const char letter : line) {
      if (letter == ',')
        fields.emplace_back();
      else
        fields.back() += letter;
    }
    rows.push_back(fields);
  }
  return rows;
}

std::size_t column_of(const std::vector<std::vector<std::string>>& rows, const std::string& title) {
  const auto& header = rows.at(0);
  const auto found = std::find(header.begin(), header.end(), title);
  EXPECT_NE(found, header.end()) << title;
  return static_cast<std::size_t>(found - header.begin());
}

// Programs that stand in for gnuplot: PATH holds this folder alone until the test ends.
class PathOf {
 public:
  explicit PathOf(const fs::path& folder) : before_(::getenv("PATH")) {
    ::setenv("PATH", folder.c_str(), 1);
  }
  PathOf(const PathOf&) = delete;
  PathOf& operator=(const PathOf&) = delete;
  ~PathOf() { ::setenv("PATH", before_.c_str(), 1); }

 private:
  std::string before_;
};

void write_program(const fs::path& path, const std::string& body) {
  write_file_atomically(path, "#!/bin/sh\n" + body + "\n");
  ::chmod(path.c_str(), 0700);
}

class StudyFigures : public Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    draw_study_figures(sample_study(), folder_->path());
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static fs::path file(const std::string& name) { return folder_->path() / "figures" / name; }

  static TemporaryFolder* folder_;
};
TemporaryFolder* StudyFigures::folder_ = nullptr;

TEST_F(StudyFigures, AreWellFormedDrawingsWithTheirDataAndScript) {
  for (const auto& name : kNames) {
    const auto drawing = clean_svg(read_file(file(name + ".svg")), name, name);
    EXPECT_EQ(read_markup("<!doctype html>\n" + drawing.code()).error, "") << name;
    EXPECT_TRUE(fs::exists(file(name + ".csv"))) << name;
    EXPECT_TRUE(fs::exists(file(name + ".gp"))) << name;
  }
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(file(""))) ++files;
  EXPECT_EQ(files, 3 * kNames.size());
}

TEST_F(StudyFigures, KeepTheAccuraciesAndIntervalsAsTheyAre) {
  const auto rows = read_csv(file("fig9.csv"));
  const auto study = sample_study();
  const auto& stored = study["fig9"]["rows"];
  ASSERT_EQ(rows.size(), stored.size() + 1);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"encoder", "accuracy", "low", "high"}));
  for (std::size_t i = 0; i < stored.size(); ++i) {
    EXPECT_EQ(rows[i + 1][0], stored[i]["encoder"].get<std::string>());
    EXPECT_EQ(std::stod(rows[i + 1][1]), stored[i]["accuracy"]["value"].get<double>());
    EXPECT_EQ(std::stod(rows[i + 1][2]), stored[i]["accuracy"]["interval"][0].get<double>());
    EXPECT_EQ(std::stod(rows[i + 1][3]), stored[i]["accuracy"]["interval"][1].get<double>());
  }
}

TEST_F(StudyFigures, KeepTheGreyValuesAsTheyAre) {
  const auto rows = read_csv(file("fig3.csv"));
  const auto study = sample_study();
  ASSERT_EQ(rows.size(), 33U);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"grey_value", "share_before", "share_after"}));
  for (std::size_t i = 0; i < 32; ++i) {
    EXPECT_EQ(std::stod(rows[i + 1][0]), study["fig3"]["grey_values"][i].get<double>());
    EXPECT_EQ(std::stod(rows[i + 1][1]), study["fig3"]["share_before"][i].get<double>());
    EXPECT_EQ(std::stod(rows[i + 1][2]), study["fig3"]["share_after"][i].get<double>());
  }
}

TEST_F(StudyFigures, KeepThePerturbationCurvesAsTheyAre) {
  const auto rows = read_csv(file("fig13_threshold.csv"));
  ASSERT_EQ(rows.size(), 12U);  // header, nothing removed, ten levels
  EXPECT_EQ(rows[2][0], "10");
  EXPECT_EQ(rows[11][0], "100");
  const auto study = sample_study();
  const auto& methods = study["fig13"]["methods"];

  for (const auto& entry : methods) {
    if (entry["model"] == "selection") continue;
    const auto column = column_of(rows, entry["method"].get<std::string>() + " " +
                                            entry["model"].get<std::string>() + " " +
                                            entry["label"].get<std::string>());
    for (std::size_t level = 0; level < 11; ++level) {
      EXPECT_EQ(std::stod(rows[level + 1].at(column)), entry["ppc_threshold"][level].get<double>());
    }
  }
}

TEST_F(StudyFigures, KeepLossesAndDifferencesAsTheyAre) {
  const auto study = sample_study();
  const auto losses = read_csv(file("fig10b.csv"));
  ASSERT_EQ(losses.size(), 7U);
  EXPECT_EQ(losses[3][0], "3");
  EXPECT_EQ(std::stod(losses[3].at(column_of(losses, "resnet50 segmented"))),
            study["fig10"]["curves"][1]["training_loss"][2].get<double>());
  const auto paired = read_csv(file("judge_paired.csv"));
  for (const auto& row : study["judge"]["paired"]) {
    if (row["label"] != "all") continue;
    const auto found = std::find_if(paired.begin(), paired.end(), [&](const auto& fields) {
      return fields[0] == row["method"] && fields[1] == row["against"];
    });
    ASSERT_NE(found, paired.end());
    EXPECT_EQ(std::stod(found->at(column_of(paired, "insertion_low"))),
              row["insertion"]["interval"][0].get<double>());
  }
}

TEST_F(StudyFigures, CanBeDrawnAgainFromWhatLiesBesideThem) {
  const Drawing again{
      .name = "fig9", .csv = read_file(file("fig9.csv")), .script = {}, .width = 1, .height = 1};
  const auto script = read_file(file("fig9.gp"));
  const auto body = script.substr(script.find("set datafile separator comma\n"));
  Drawing drawing = again;
  drawing.script = body;
  drawing.width = 860;
  drawing.height = 380;
  EXPECT_EQ(run_gnuplot(drawing), read_file(file("fig9.svg")));
}

TEST(StudyFiguresOfPartOfAStudy, DrawsWhatIsThereAndRemovesTheRest) {
  const TemporaryFolder folder;
  auto study = sample_study();
  for (const char* key : {"fig10", "fig13", "judge", "audit"}) study.erase(key);
  fs::create_directories(folder.path() / "figures");
  write_file_atomically(folder.path() / "figures" / "sanity.svg", "of an earlier run");
  write_file_atomically(folder.path() / "figures" / "mine.svg", "of somebody else");
  draw_study_figures(study, folder.path());
  EXPECT_TRUE(fs::exists(folder.path() / "figures" / "fig9.svg"));
  EXPECT_FALSE(fs::exists(folder.path() / "figures" / "sanity.svg"));
  EXPECT_FALSE(fs::exists(folder.path() / "figures" / "fig13_block.svg"));
  EXPECT_TRUE(fs::exists(folder.path() / "figures" / "mine.svg"));
}

TEST(StudyFiguresOfPartOfAStudy, LeavesOutWhatIsUndefined) {
  const TemporaryFolder folder;
  auto study = sample_study();
  study["fig9"]["rows"][0]["accuracy"] = {{"value", nullptr}, {"undefined", "no test images"}};
  study["fig9"]["rows"][1]["accuracy"].erase("interval");
  study["fig13"]["methods"][0]["ppc_block"][4] = nullptr;
  study["fig10"] = "not an object";
  draw_study_figures(study, folder.path());
  const auto rows = read_csv(folder.path() / "figures" / "fig9.csv");
  ASSERT_EQ(rows.size(), study["fig9"]["rows"].size());
  EXPECT_EQ(rows[1], (std::vector<std::string>{"vgg16", "0.768", "", ""}));
  const auto curves = read_csv(folder.path() / "figures" / "fig13_block.csv");
  EXPECT_EQ(curves[5][1], "");
  EXPECT_FALSE(fs::exists(folder.path() / "figures" / "fig10a.svg"));
}

TEST(StudyFiguresErrors, RefuseWhatIsNoStudy) {
  const TemporaryFolder folder;
  EXPECT_EQ(caught([&] { draw_study_figures(Json::array(), folder.path()); }).code,
            ErrorCode::invalid_option);
  EXPECT_TRUE(folder.names().empty());
}

TEST(StudyFiguresErrors, SayHowToGetGnuplot) {
  const TemporaryFolder folder;
  const TemporaryFolder empty;
  const PathOf path(empty.path());
  const auto error = caught([&] { draw_study_figures(sample_study(), folder.path()); });
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_NE(error.message.find("gnuplot-nox"), std::string::npos) << error.message;
}

TEST(StudyFiguresErrors, QuoteAFailingGnuplot) {
  const TemporaryFolder folder;
  const TemporaryFolder programs;
  write_program(programs.path() / "gnuplot", "echo 'line 7: no such terminal' >&2; exit 3");
  const PathOf path(programs.path());
  const auto error = caught([&] { draw_study_figures(sample_study(), folder.path()); });
  EXPECT_EQ(error.code, ErrorCode::internal);
  EXPECT_NE(error.message.find("status 3 and the words 'line 7: no such terminal"),
            std::string::npos)
      << error.message;
  EXPECT_FALSE(fs::exists(folder.path() / "figures" / "fig9.svg"));
}

TEST(StudyFiguresErrors, NoticeAPictureThatWasNotFinished) {
  const TemporaryFolder folder;
  const TemporaryFolder programs;
  write_program(programs.path() / "gnuplot", "echo '<svg>' > fig9.svg");
  const PathOf path(programs.path());
  EXPECT_EQ(caught([&] { draw_study_figures(sample_study(), folder.path()); }).code,
            ErrorCode::internal);
}

// gnuplot runs programs when asked by backticks or system(): no text of the study may ask.
TEST(StudyFiguresErrors, NoTextOfTheStudyRunsAProgram) {
  const TemporaryFolder folder;
  auto study = sample_study();
  const std::string touch = "touch " + (folder.path() / "owned").string();
  const std::string hostile =
      "x'\n`" + touch + "`\nsystem(\"" + touch + "\")\n!" + touch + "\n\",$(" + touch + ")";
  study["fig9"]["rows"][0]["encoder"] = hostile;
  study["fig10"]["rows"][0]["arm"] = hostile;
  study["fig10"]["curves"][0]["encoder"] = hostile;
  study["fig13"]["methods"][0]["method"] = hostile;
  study["fig13"]["methods"][1]["label"] = hostile;
  study["judge"]["paired"][0]["against"] = hostile;
  study["audit"]["sanity"][0]["layers"][0] = hostile;
  draw_study_figures(study, folder.path());
  EXPECT_EQ(folder.names(), std::set<std::string>{"figures"});
}

TEST(PlotString, KeepsWordsAndNothingThatEndsAString) {
  EXPECT_EQ(plot_string("Grad-CAM++, 95 % (ours)"), "'Grad-CAM++, 95 % (ours)'");
  EXPECT_EQ(plot_string("p ≥ 0.5"), "'p ≥ 0.5'");
  EXPECT_EQ(plot_string("a'b\"c`d\ne\\f@g$h"), "'a?b?c?d?e?f?g?h'");
}

TEST(CsvField, QuotesWhatWouldBreakTheRow) {
  EXPECT_EQ(csv_field("resnet50"), "resnet50");
  EXPECT_EQ(csv_field("a,\"b\"\nc"), "\"a,\"\"b\"\"\nc\"");
}

TEST(CleanSvg, KeepsShapesAndTextAlone) {
  const auto html = clean_svg(
      "<?xml version=\"1.0\"?><!DOCTYPE svg><svg viewBox='0 0 9 9' onload='x()' width=\"9\">"
      "<title>t</title><script>alert(1)</script><style>@import url(x)</style><!-- <g> -->"
      "<g fill = 'red' onclick='x()' style='y'><path id='a' d='M0,0'/><use xlink:href='#a'/>"
      "<use href='https://example.org/#a'/><image href='x.png'/></g>"
      "<foreignObject><g><text>hidden</text></g></foreignObject>"
      "<text fill='url(#p)'>1 &lt; 2 &amp; \"3\"</text></svg>\n",
      "p", "A <title>");
  EXPECT_EQ(
      html.code(),
      "<svg viewBox=\"0 0 9 9\" role=\"img\" aria-label=\"A &lt;title&gt;\">"
      "<g fill=\"red\"><path id=\"p-a\" d=\"M0,0\"></path><use href=\"#p-a\"></use><use></use></g>"
      "<text>1 &lt; 2 &amp; &quot;3&quot;</text></svg>");
}

TEST(CleanSvg, RefusesWhatIsNotWellFormed) {
  for (const char* svg :
       {"", "text", "<g></g>", "<svg><g></svg>", "<svg><g></g>", "<svg", "<svg a></svg>",
        "<svg a=b></svg>", "<svg></svg></svg>", "<svg><!-- </svg>", "<svg>< /></svg>"}) {
    EXPECT_EQ(caught([&] { clean_svg(svg, "p", "t"); }).code, ErrorCode::corrupt_image) << svg;
  }
}

}  // namespace
}  // namespace cxrnet::report
