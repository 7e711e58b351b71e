#include "framework/stems.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "cxrnet/core/fingerprint.h"
#include "test/temporary_folder.h"

namespace cxrnet::app {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

std::string with_print(const std::string& stem, const std::string& path) {
  return stem + "-" + fingerprint_of(path).substr(0, 12);
}

struct StemRow {
  const char* name;
  std::string path;
  std::string stem;
};

class OutputStem : public testing::TestWithParam<StemRow> {};

TEST_P(OutputStem, CanBeShownAndFits) { EXPECT_EQ(output_stem(GetParam().path), GetParam().stem); }

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

const std::string kLong(250, 'n');
const std::string kLungs = repeated("\xE8\x82\xBA", 80);  // 240 bytes

INSTANTIATE_TEST_SUITE_P(
    All, OutputStem,
    testing::Values(StemRow{"plain", "a/scan.png", "scan"},
                    StemRow{"upper_case", "SCAN.PNG", "SCAN"}, StemRow{"siemens", "a.IMA", "a"},
                    StemRow{"uid", "1.2.840.113", "1.2.840.113"},
                    StemRow{"two_suffixes", "scan.tar.png", "scan.tar"},
                    StemRow{"other_suffix", "scan.txt", "scan.txt"},
                    StemRow{"line_end", "a\nb.png",
                            "a\xEF\xBF\xBD"
                            "b"},
                    StemRow{"escape", "\033[2J.png", "\xEF\xBF\xBD[2J"},
                    StemRow{"no_utf8", "a\xFF.png", "a\xEF\xBF\xBD"},
                    StemRow{"longest_that_is_kept", std::string(200, 'n') + ".png",
                            std::string(200, 'n')},
                    StemRow{"too_long", kLong + ".png", with_print(std::string(187, 'n'), kLong)},
                    StemRow{"no_half_letter", kLungs + ".png",
                            with_print(repeated("\xE8\x82\xBA", 62), kLungs)}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(UniqueStems, ThoseThatSeveralHaveAreToldApartByTheirPaths) {
  EXPECT_EQ(unique_stems({"/1/scan.png", "/2/scan.jpg", "/2/other.png"}),
            (Names{with_print("scan", "/1/scan.png"), with_print("scan", "/2/scan.jpg"), "other"}));
}

TEST(UniqueStems, StayTheSameWhenFilesAreAdded) {
  const std::vector<fs::path> before{"/b/scan.png", "/c/scan.png", "/c/other.png"};
  const std::vector<fs::path> after{"/0/other2.png", "/a/scan.png", "/b/scan.png",
                                    "/c/other.png",  "/c/scan.png", "/d/scan.png"};
  const auto old_stems = unique_stems(before);
  const auto stems = unique_stems(after);
  EXPECT_EQ(stems[2], old_stems[0]);
  EXPECT_EQ(stems[4], old_stems[1]);
  EXPECT_EQ(stems[3], "other");
  EXPECT_EQ(std::set<std::string>(stems.begin(), stems.end()).size(), stems.size());
}

TEST(UniqueStems, TheFirstOfAFolderKeepsThePlainOne) {
  const TemporaryFolder out;
  {
    OutputFolder folder(out.path());
    note_stems({"/b/scan.png"}, {"scan"}, folder);
  }
  EXPECT_EQ(unique_stems({"/a/scan.png", "/b/scan.png"}, OutputRecord::read(out.path())),
            (Names{with_print("scan", "/a/scan.png"), "scan"}));
}

// Each came alone, in a run of its own.
TEST(UniqueStems, ThePlainOneOfAnotherIsNotTakenByOneThatComesAlone) {
  const TemporaryFolder out;
  {
    OutputFolder folder(out.path());
    note_stems({"/1/scan.png"}, {"scan"}, folder);
  }
  const auto earlier = OutputRecord::read(out.path());
  EXPECT_EQ(unique_stems({"/2/scan.png"}, earlier), (Names{with_print("scan", "/2/scan.png")}));
  EXPECT_EQ(unique_stems({"/1/scan.png"}, earlier), (Names{"scan"}));
}

TEST(UniqueStems, AnOwnNameIsNeverTaken) {
  const auto print = with_print("scan", "/1/scan.png");
  const auto stems = unique_stems({"/1/scan.png", "/2/scan.png", "/3/" + print + ".png"});
  EXPECT_EQ(stems[2], print);
  EXPECT_EQ(stems[0], "scan-" + fingerprint_of("/1/scan.png"));
}

// Each of 100,000 equal names is looked at once: numbers tried in turn would take minutes.
TEST(UniqueStems, ManyEqualOnesCostNoMoreThanOthers) {
  std::vector<fs::path> paths;
  for (int i = 0; i < 100'000; ++i) paths.emplace_back("/" + std::to_string(i) + "/image.dcm");
  const auto started = std::chrono::steady_clock::now();
  const auto stems = unique_stems(paths);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
  EXPECT_EQ(std::set<std::string>(stems.begin(), stems.end()).size(), paths.size());
}

}  // namespace
}  // namespace cxrnet::app
