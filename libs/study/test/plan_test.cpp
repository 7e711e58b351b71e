#include "cxrnet/study/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "error_matchers.h"
#include "tiny_study.h"

namespace cxrnet::study {
namespace {

DataFacts some_data() {
  return {.sha256 = "abc",
          .lesions_sha256 = "",
          .training_images = 80,
          .test_images = 20,
          .masked_images = 100,
          .explained_images = 20};
}

Plan tiny_plan(const StudyOptions& options = tiny_options(), uint64_t seed = 1) {
  return make_plan(options, some_data(), seed);
}

std::set<std::string> names(const Plan& plan) {
  std::set<std::string> all;
  for (const auto& stage : plan.stages) all.insert(stage.name);
  return all;
}

// The stages whose fingerprints differ between two plans.
std::set<std::string> changed(const Plan& before, const Plan& after) {
  const auto old_prints = fingerprints(before);
  const auto new_prints = fingerprints(after);
  std::set<std::string> all;
  for (std::size_t i = 0; i < before.stages.size(); ++i) {
    EXPECT_EQ(before.stages[i].name, after.stages[i].name);
    if (old_prints[i] != new_prints[i]) all.insert(before.stages[i].name);
  }
  return all;
}

TEST(PlanTest, EachStageStandsAfterThoseItNeeds) {
  std::set<std::string> before;
  for (const auto& stage : tiny_plan().stages) {
    for (const auto& need : stage.needs)
      EXPECT_EQ(before.count(need), 1U) << stage.name << " needs " << need;
    EXPECT_TRUE(before.insert(stage.name).second) << stage.name << " stands twice";
    EXPECT_GT(stage.estimated_seconds, 0.0) << stage.name;
    EXPECT_FALSE(stage.title.empty()) << stage.name;
  }
}

TEST(PlanTest, EveryItemHasAStage) {
  const auto all = names(tiny_plan());
  for (const auto& item : item_names()) EXPECT_EQ(all.count(item), 1U) << item;
}

TEST(PlanTest, EveryStageServesAnItem) {
  const auto& items = item_names();
  for (const auto& stage : tiny_plan().stages)
    EXPECT_NE(std::find(items.begin(), items.end(), stage.item), items.end()) << stage.name;
}

TEST(PlanTest, AnItemPullsInWhatItNeedsAndNothingElse) {
  const struct {
    const char* item;
    std::set<std::string> expected;
  } rows[] = {
      {"fig8", {"shards.lungs", "train.segmenter", "fig8"}},
      {"fig9", {"shards.original", "train.original.resnet34", "train.original.alexnet", "fig9"}},
      {"table1",
       {"shards.lungs", "train.segmenter", "shards.original", "train.original.resnet34",
        "shards.segmented", "train.segmented.resnet34", "table1"}},
      {"leakage",
       {"shards.lungs", "train.segmenter", "shards.segmented", "train.segmented.resnet34",
        "train.segmented.leaky_split", "leakage"}},
  };
  for (const auto& row : rows)
    EXPECT_EQ(names(select_items(tiny_plan(), {row.item})), row.expected) << row.item;
}

TEST(PlanTest, NoItemMeansAll) {
  EXPECT_EQ(names(select_items(tiny_plan(), {})), names(tiny_plan()));
}

TEST(PlanTest, AnUnknownItemIsRefusedWithTheValidOnes) {
  const auto error = caught([] { select_items(tiny_plan(), {"fig9", "fig7"}); });
  EXPECT_EQ(error.code, ErrorCode::invalid_option);
  EXPECT_NE(error.message.find("'fig7'"), std::string::npos);
  EXPECT_NE(error.message.find("table1"), std::string::npos);
}

TEST(PlanTest, AnOptionChangesTheStagesThatDependOnItAlone) {
  auto options = tiny_options();
  options.judge_encoder = nn::Architecture::vgg16;
  EXPECT_EQ(
      changed(tiny_plan(), tiny_plan(options)),
      (std::set<std::string>{"train.judge", "judge.paper.representation", "judge.paper.grad_cam",
                             "judge.paper.random", "judge.selection.selection",
                             "judge.selection.grad_cam", "judge", "ablations"}));
  options = tiny_options();
  options.segmenter_epochs = 9;
  const auto by_segmenter = changed(tiny_plan(), tiny_plan(options));
  for (const char* dependent : {"train.segmenter", "shards.segmented", "train.segmented.resnet34",
                                "fig8", "fig10", "table1", "fig13", "ablations"})
    EXPECT_EQ(by_segmenter.count(dependent), 1U) << dependent;
  for (const char* independent : {"shards.lungs", "shards.original", "train.original.resnet34",
                                  "train.original.alexnet", "fig9"})
    EXPECT_EQ(by_segmenter.count(independent), 0U) << independent;
}

TEST(PlanTest, WorkersAndDeviceChangeNothing) {
  auto options = tiny_options();
  options.training.workers = 7;
  options.training.device = train::Device::cpu;
  EXPECT_EQ(changed(tiny_plan(), tiny_plan(options)), std::set<std::string>{});
}

TEST(PlanTest, SeedAndDataChangeEverything) {
  EXPECT_EQ(changed(tiny_plan(), tiny_plan(tiny_options(), 2)), names(tiny_plan()));
  auto other = some_data();
  other.sha256 = "def";
  EXPECT_EQ(changed(tiny_plan(), make_plan(tiny_options(), other, 1)), names(tiny_plan()));
}

TEST(PlanTest, PresetsAreValidAndDiffer) {
  std::set<std::string> seen;
  for (const auto& [preset, name] : EnumNames<Preset>::values) {
    EXPECT_NO_THROW(validate_options(preset_options(preset))) << name;
    seen.insert(options_to_json(preset_options(preset)).dump());
  }
  EXPECT_EQ(seen.size(), 3U);
  const auto paper = preset_options(Preset::paper);  // section IV-B
  EXPECT_EQ(paper.training.batch_size, 12);
  EXPECT_EQ(paper.training.schedule.learning_rate, 1e-4);
  EXPECT_EQ(paper.training.schedule.final_learning_rate, 1e-6);
  EXPECT_EQ(paper.preprocessing.size, 224);
  EXPECT_EQ(paper.encoders.size(), 6U);
}

TEST(PlanTest, AnUnknownEncoderOrMethodIsRefused) {
  auto options = tiny_options();
  options.encoders = {"resnet18"};
  EXPECT_EQ(caught([&] { tiny_plan(options); }).code, ErrorCode::invalid_option);
  options = tiny_options();
  options.methods = {"guess"};
  EXPECT_EQ(caught([&] { tiny_plan(options); }).code, ErrorCode::invalid_option);
}

}  // namespace
}  // namespace cxrnet::study
