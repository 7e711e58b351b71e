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
      {"fig3", {"fig3"}},
      {"fig7", {"shards.lungs", "fig7"}},
      {"fig8", {"shards.lungs", "train.segmenter", "fig8"}},
      {"fig9", {"shards.original", "train.original.resnet34", "train.original.alexnet", "fig9"}},
      {"table1",
       {"shards.lungs", "train.segmenter", "shards.original", "train.original.resnet34",
        "shards.segmented", "train.segmented.resnet34", "table1"}},
      {"leakage",
       {"shards.lungs", "train.segmenter", "shards.segmented", "train.segmented.leaky_split",
        "leakage"}},
  };
  for (const auto& row : rows)
    EXPECT_EQ(names(select_items(tiny_plan(), {row.item})), row.expected) << row.item;
}

TEST(PlanTest, NoItemMeansAll) {
  EXPECT_EQ(names(select_items(tiny_plan(), {})), names(tiny_plan()));
}

TEST(PlanTest, AnUnknownItemIsRefusedWithTheValidOnes) {
  const auto error = caught([] { select_items(tiny_plan(), {"fig9", "fig6"}); });
  EXPECT_EQ(error.code, ErrorCode::invalid_option);
  EXPECT_NE(error.message.find("'fig6'"), std::string::npos);
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

// Section IV-B: "we randomly selected 80% of samples".
TEST(PlanTest, ThePresetPaperUsesThePapersRandomSplit) {
  EXPECT_EQ(preset_options(Preset::paper).split_column, "paper_split");
  for (const auto& [preset, name] : EnumNames<Preset>::values)
    EXPECT_EQ(splits_at_random(preset_options(preset)), preset == Preset::paper) << name;
  const auto plan = make_plan(preset_options(Preset::paper), some_data(), 1);
  for (const auto& stage : plan.stages) {
    if (stage.inputs.contains("training")) {
      EXPECT_EQ(stage.inputs["split_column"], "paper_split") << stage.name;
    }
  }
  // The network that everything is shown of is the one that the leak is measured in.
  EXPECT_EQ(plan.at("leakage").needs, std::vector<std::string>{"train.segmented.resnet50"});
  EXPECT_EQ(names(plan).count("train.segmented.leaky_split"), 0U);
}

TEST(PlanTest, OnlyTheSelectingNetworkAndTheJudgeMeetIncompleteImages) {
  for (const auto& [preset, name] : EnumNames<Preset>::values) {
    const auto options = preset_options(preset);
    std::set<std::string> with_removal;
    for (const auto& stage : make_plan(options, some_data(), 1).stages) {
      const auto training = describe_training(stage, options);
      if (training.is_null() || !training["options"].contains("augment-removal")) continue;
      EXPECT_EQ(training["options"]["augment-removal"], 0.5) << name << " " << stage.name;
      with_removal.insert(stage.name);
    }
    EXPECT_EQ(
        with_removal,
        (std::set<std::string>{
            "train.selection", "train.judge", "train.ablation.selection_without_removed",
            "train.ablation.selection_without_area", "train.ablation.selection_without_variation",
            "train.ablation.selection_one_for_all", "train.ablation.selection_own_size"}))
        << name;
  }
}

TEST(PlanTest, TellsWhereAStagesTrainingIsUnlikeTheOthers) {
  auto options = preset_options(Preset::paper);
  options.removal_probability = 0.25;
  const auto plan = make_plan(options, some_data(), 1);
  const auto unlike = [&](const char* stage) {
    return describe_training(plan.at(stage), options)["differs_from_study"];
  };
  using nlohmann::json;
  EXPECT_EQ(unlike("train.original.vgg16"), json::object());
  EXPECT_EQ(unlike("train.segmenter"), json::object());
  EXPECT_EQ(
      unlike("train.selection"),
      json({{"augment", true}, {"augment-removal", 0.25}, {"representation", "class_selection"}}));
  EXPECT_EQ(unlike("train.ablation.without_skips"), json({{"decoder-skips", false}}));
  EXPECT_TRUE(describe_training(plan.at("fig9"), options).is_null());
}

TEST(PlanTest, TellsWhereTrainingIsUnlikeThePapers) {
  const auto paper = describe_common_training(preset_options(Preset::paper));
  EXPECT_EQ(paper["classifier"], nlohmann::json::object());
  EXPECT_EQ(paper["segmenter"], nlohmann::json::object());
  const auto quick = describe_common_training(preset_options(Preset::quick));
  EXPECT_EQ(quick["classifier"]["epochs"], 5);
  EXPECT_EQ(quick["classifier"]["balance"], "sampling");
  EXPECT_EQ(quick["classifier"]["label-smoothing"], 0.05);
  EXPECT_EQ(quick["classifier"]["augment-rotation"], 10.0);
  EXPECT_FALSE(quick["classifier"].contains("augment-mixup"));  // 0: it does nothing
  EXPECT_FALSE(quick["classifier"].contains("augment-removal"));
  EXPECT_EQ(quick["segmenter"]["learning-rate"], 2e-3);
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
