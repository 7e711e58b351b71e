#include "plan/choose_rows.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace cxrnet::study {
namespace {

// 60 healthy and 30 bacterial training rows, three of each patient, and 9 test rows.
data::Manifest some_manifest() {
  data::Manifest manifest{
      .folder = {}, .header = {"path", "label", "patient_id", "group_split"}, .rows = {}};
  const auto add = [&](const char* label, const char* side, int patients) {
    for (int i = 0; i < 3 * patients; ++i) {
      data::ManifestRow row;
      row.label = label;
      row.patient_id = std::string(label) + side + std::to_string(i / 3);
      row.image_id = row.patient_id + "-" + std::to_string(i);
      row.columns["group_split"] = side;
      manifest.rows.push_back(row);
    }
  };
  add("healthy", "train", 20);
  add("bacterial", "train", 10);
  add("healthy", "test", 3);
  return manifest;
}

TEST(ChooseRowsTest, KeepsProportionsAndWholePatients) {
  const auto manifest = some_manifest();
  std::map<std::string, int> labels;
  std::map<std::string, int> patients;
  const auto rows = choose_rows(manifest, "group_split", "train", 45, 1);
  for (const auto row : rows) {
    ++labels[manifest.rows[row].label];
    ++patients[manifest.rows[row].patient_id];
    EXPECT_EQ(manifest.rows[row].columns.at("group_split"), "train");
  }
  EXPECT_EQ(labels, (std::map<std::string, int>{{"healthy", 30}, {"bacterial", 15}}));
  for (const auto& [patient, images] : patients) EXPECT_EQ(images, 3) << patient;
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
}

TEST(ChooseRowsTest, ALimitThatIsNotReachedOrZeroMeansAll) {
  const auto manifest = some_manifest();
  EXPECT_EQ(choose_rows(manifest, "group_split", "train", 0, 1).size(), 90U);
  EXPECT_EQ(choose_rows(manifest, "group_split", "train", 90, 1).size(), 90U);
  EXPECT_EQ(choose_rows(manifest, "group_split", "test", 100, 1).size(), 9U);
}

TEST(ChooseRowsTest, TheSeedDecides) {
  const auto manifest = some_manifest();
  const auto first = choose_rows(manifest, "group_split", "train", 45, 1);
  EXPECT_EQ(first, choose_rows(manifest, "group_split", "train", 45, 1));
  EXPECT_NE(first, choose_rows(manifest, "group_split", "train", 45, 2));
}

TEST(ChooseRowsTest, AMissingSplitIsDrawnByPatient) {
  auto manifest = some_manifest();
  ensure_split(manifest, "group_split", true, 1);  // there already: left alone
  EXPECT_EQ(manifest.rows.front().columns.at("group_split"), "train");
  ensure_split(manifest, "fresh_split", true, 1);
  std::map<std::string, std::set<std::string>> sides;
  int test_rows = 0;
  for (const auto& row : manifest.rows) {
    sides[row.patient_id].insert(row.columns.at("fresh_split"));
    test_rows += row.columns.at("fresh_split") == "test" ? 1 : 0;
  }
  for (const auto& [patient, seen] : sides) EXPECT_EQ(seen.size(), 1U) << patient;
  EXPECT_NEAR(test_rows, 0.2 * 99, 4);
}

}  // namespace
}  // namespace cxrnet::study
