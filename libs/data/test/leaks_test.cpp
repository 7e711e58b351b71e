#include "cxrnet/data/leaks.h"

#include <gtest/gtest.h>

#include "expect_error.h"
#include "shared_data.h"

namespace cxrnet::data {
namespace {

using Words = std::vector<std::string>;
using Rows = std::map<std::string, std::vector<std::size_t>>;

TEST(SideOf, IsTheSameInEverySpelling) {
  const std::pair<const char*, const char*> rows[] = {{"train", "train"},
                                                      {"Train", "train"},
                                                      {" TRAIN ", "train"},
                                                      {"training", "train"},
                                                      {"test", "test"},
                                                      {"Test\t", "test"},
                                                      {"testing", "test"},
                                                      {"val", "validation"},
                                                      {"Valid", "validation"},
                                                      {"validation", "validation"},
                                                      {"DEV", "validation"},
                                                      {"\xC2\xA0test\xE3\x80\x80", "test"},
                                                      {"Fold 1", "fold 1"},
                                                      {"tset", "tset"},
                                                      {"", ""},
                                                      {" \t", ""}};
  for (const auto& [cell, side] : rows) EXPECT_EQ(side_of(cell), side) << "'" << cell << "'";
}

TEST(Split, SaysWhatIsOddAboutIt) {
  const auto plain = describe_split({"train", "Test", " test "});
  EXPECT_EQ(plain.rows, (std::map<std::string, std::size_t>{{"test", 2}, {"train", 1}}));
  EXPECT_TRUE(notes_on_split("group_split", plain).empty());

  const auto odd = describe_split({"train", "", "tset", " ", "train"});
  EXPECT_EQ(odd.rows_without_side, 2u);
  EXPECT_EQ(odd.odd_sides, Words{"tset"});
  const auto notes = notes_on_split("group_split", odd);
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0], "group_split: 2 rows name no side and belong to none");
  EXPECT_EQ(notes[1].find("group_split: 1 rows name the side 'tset', which is neither train"), 0u);

  EXPECT_TRUE(describe_split({"fold 1", "fold 2"}).odd_sides.empty());
  EXPECT_EQ(notes_on_split("s", describe_split({"train", "a\nb"}))[0].find('\n'),
            std::string::npos);
}

TEST(Leaks, AreFoundByGroupInEverySpellingOfTheSides) {
  const auto leaks = find_leaks(
      {"b", "a", "b", "c", "a", "a", "c", "d", "d"},
      {"Test", "train", " TRAIN", "test", "testing", "Training", "", "validation", "val"});
  ASSERT_EQ(leaks.size(), 2u);
  EXPECT_EQ(leaks[0].group, "a");
  EXPECT_EQ(leaks[0].rows, (Rows{{"train", {1, 5}}, {"test", {4}}}));
  EXPECT_EQ(leaks[1].group, "b");
  expect_error(ErrorCode::invalid_shape, "sides: expected 1 values", [] { find_leaks({"1"}, {}); });
}

TEST(Leaks, AreRefusedWithLinesAndWithoutNames) {
  const Words groups{"zoe", "zoe", "yan", "yan", "xia", "xia", "wim", "wim"};
  const Words sides{"train", "test", "test", "train", "train", "test", "train", "test"};
  const std::vector<std::size_t> lines{2, 3, 4, 5, 6, 7, 8, 9};
  for (const char* side : {"", "train", "Test"}) {
    expect_error(ErrorCode::patient_leak,
                 "got 4 on both, such as lines 2 and 3; lines 4 and 5; "
                 "lines 6 and 7; use",
                 [&] { require_no_leak(groups, sides, lines, side, false); });
  }
  EXPECT_NO_THROW(require_no_leak(groups, sides, lines, "", true));
  EXPECT_NO_THROW(require_no_leak(groups, sides, lines, "validation", false));
  EXPECT_NO_THROW(
      require_no_leak({"a", "a", "b"}, {"train", "train", "test"}, {2, 3, 4}, "", false));
}

TEST(OneSide, HasItsRowsAloneAndNoPatientOfAnother) {
  const auto manifest = parse_manifest(
      "path,label,patient_id,group_split,other_split\n"
      "a.png,viral,1,Train,test\n"
      "b.png,viral,2,Test,test\n"
      "c.png,healthy,1 ,train ,Train\n"
      "d.png,healthy,1,,\n",
      "data");
  const auto [side, notes] = one_side(manifest, "group_split", "train", false);
  ASSERT_EQ(side.rows.size(), 2u);
  EXPECT_EQ(side.rows[0].path, "a.png");
  EXPECT_EQ(side.rows[1].path, "c.png");
  EXPECT_EQ(side.rows[1].line, 4u);
  EXPECT_EQ(side.folder, manifest.folder);
  EXPECT_EQ(notes, Words{"group_split: 1 rows name no side and belong to none"});
  for (const char* leaking : {"train", "test"}) {
    SCOPED_TRACE(leaking);
    expect_error(ErrorCode::patient_leak, "got 1 on both, such as lines 2 and 4",
                 [&] { one_side(manifest, "other_split", leaking, false); });
    EXPECT_FALSE(one_side(manifest, "other_split", leaking, true).manifest.rows.empty());
  }
  expect_error(ErrorCode::not_found, "a side of group_split (test, train), got 'validation'",
               [&] { one_side(manifest, "group_split", "validation", false); });
  expect_error(ErrorCode::not_found, "got 'f\\ng'; choose another",
               [&] { one_side(manifest, "f\ng", "train", false); });
}

TEST(LeaksOnRealData, OnlyThePaperSplitOfCxr4Leaks) {
  CXRNET_SKIP_WITHOUT_CXR4();
  const auto manifest = read_manifest(cxr4_folder() / "manifest.csv");
  EXPECT_NO_THROW(one_side(manifest, "group_split", "test", false));
  expect_error(ErrorCode::patient_leak, "on both, such as lines ",
               [&] { one_side(manifest, "paper_split", "test", false); });
}

}  // namespace
}  // namespace cxrnet::data
