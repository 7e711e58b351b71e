#include "cxrnet/train/sides.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <set>

#include "error_matchers.h"
#include "synthetic_dataset.h"
#include "temporary_folder.h"

namespace cxrnet::train {
namespace {

class SidesTest : public testing::Test {
 protected:
  SidesTest() {
    data::write_synthetic_dataset(folder_.path(), 40);
    dataset_ = std::make_unique<data::ShardDataset>(data::ShardDataset::open(folder_.path()));
  }
  TemporaryFolder folder_;
  std::unique_ptr<data::ShardDataset> dataset_;
};

TEST_F(SidesTest, TheTestSideIsNeverTouchedAndNoPatientIsInBoth) {
  const auto sides = choose_sides(*dataset_, "group_split", "train", false, 0.25, 1, false);
  std::set<std::string> training;
  std::set<std::string> validation;
  for (const auto index : sides.training) training.insert((*dataset_)[index].group);
  for (const auto index : sides.validation) validation.insert((*dataset_)[index].group);
  for (const auto& group : validation) EXPECT_EQ(training.count(group), 0U);
  for (const auto& part : {sides.training, sides.validation}) {
    for (const auto index : part) EXPECT_EQ((*dataset_)[index].splits.at("group_split"), "train");
  }
  EXPECT_EQ(sides.training.size() + sides.validation.size(),
            dataset_->select("group_split", "train").size());
}

TEST_F(SidesTest, AnEmptyColumnMeansAllRecords) {
  const auto sides = choose_sides(*dataset_, "", "", false, 0.25, 1, false);
  EXPECT_EQ(sides.training.size() + sides.validation.size(), dataset_->size());
}

// Records of the split paper_split: every fifth is of the test side, and groups are of two.
TEST_F(SidesTest, ASideWithPatientsOfAnotherIsRefusedUnlessAllowed) {
  const auto choose = [&](bool allow_leak) {
    return choose_sides(*dataset_, "paper_split", "train", false, 0.25, 1, allow_leak);
  };
  EXPECT_EQ(caught([&] { choose(false); }).code, ErrorCode::patient_leak);
  const auto sides = choose(true);
  EXPECT_EQ(sides.training.size() + sides.validation.size(), 32U);
}

TEST_F(SidesTest, AnUnknownSideIsAnError) {
  EXPECT_EQ(caught([&] {
              choose_sides(*dataset_, "group_split", "holdout", false, 0.25, 1, false);
            }).code,
            ErrorCode::not_found);
}

// Twenty records, of which those that `has_mask` names keep their lung mask.
data::ShardDataset write_with_masks(const std::filesystem::path& folder,
                                    const std::function<bool(std::size_t)>& has_mask) {
  data::ShardWriter writer(folder, data::synthetic_description(), 1500);
  for (std::size_t i = 0; i < 20; ++i) {
    auto record = data::synthetic_record(i);
    if (!has_mask(i)) record.mask.clear();
    writer.add(record);
  }
  writer.finish();
  return data::ShardDataset::open(folder);
}

TEST_F(SidesTest, ImagesWithoutAMaskAreLeftOutAndCounted) {
  const TemporaryFolder folder;
  const auto dataset = write_with_masks(folder.path(), [](std::size_t i) { return i % 3 != 0; });
  const auto all = choose_sides(dataset, "", "", false, 0.25, 1, false);
  EXPECT_EQ(all.training.size() + all.validation.size(), 20U);
  EXPECT_EQ(all.without_mask, 0U);
  const auto masked = choose_sides(dataset, "", "", true, 0.25, 1, false);
  EXPECT_EQ(masked.without_mask, 7U);
  EXPECT_EQ(masked.training.size() + masked.validation.size(), 13U);
  for (const auto& part : {masked.training, masked.validation})
    for (const auto index : part) EXPECT_FALSE(dataset[index].mask.empty());
}

// As shards hold them that were prepared from masks of 0 and 1 by a program that cut at 127.
TEST_F(SidesTest, ABlankMaskIsNone) {
  const TemporaryFolder folder;
  data::ShardWriter writer(folder.path(), data::synthetic_description(), 1500);
  for (std::size_t i = 0; i < 20; ++i) {
    auto record = data::synthetic_record(i);
    if (i % 4 == 0)
      record.mask = data::encode_png(data::kSyntheticSize, [](int64_t, int64_t) { return 0; });
    writer.add(record);
  }
  writer.finish();
  const auto dataset = data::ShardDataset::open(folder.path());
  const auto sides = choose_sides(dataset, "", "", true, 0.25, 1, false);
  EXPECT_EQ(sides.without_mask, 5U);
  for (const auto& part : {sides.training, sides.validation})
    for (const auto index : part) EXPECT_NE(index % 4, 0U);
}

TEST_F(SidesTest, SidesCountInEverySpellingAndOddOnesAreNoted) {
  const TemporaryFolder folder;
  data::ShardWriter writer(folder.path(), data::synthetic_description(), 1500);
  for (std::size_t i = 0; i < 20; ++i) {
    auto record = data::synthetic_record(i);
    record.splits["group_split"] = i < 16   ? (i % 4 < 2 ? "Train" : " train ")
                                   : i < 18 ? "Test"
                                            : "";
    writer.add(record);
  }
  writer.finish();
  const auto dataset = data::ShardDataset::open(folder.path());
  const auto sides = choose_sides(dataset, "group_split", "TRAIN", false, 0.25, 1, false);
  EXPECT_EQ(sides.training.size() + sides.validation.size(), 16U);
  EXPECT_EQ(sides.notes,
            std::vector<std::string>{"group_split: 2 rows name no side and belong to none"});
}

TEST_F(SidesTest, MasksThatAreMissingEverywhereAreAnError) {
  const TemporaryFolder folder;
  const auto dataset = write_with_masks(folder.path(), [](std::size_t) { return false; });
  EXPECT_NO_THROW(choose_sides(dataset, "group_split", "train", false, 0.25, 1, false));
  const auto error =
      caught([&] { choose_sides(dataset, "group_split", "train", true, 0.25, 1, false); });
  EXPECT_EQ(error.code, ErrorCode::empty_input);
  EXPECT_NE(error.message.find("lung masks"), std::string::npos) << error.message;
}

}  // namespace
}  // namespace cxrnet::train
