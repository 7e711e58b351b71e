#include "cxrnet/study/study.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "cxrnet/core/files.h"
#include "error_matchers.h"
#include "temporary_folder.h"
#include "tiny_study.h"

namespace cxrnet::study {
namespace {

using Names = std::vector<std::string>;

TEST(StudyTest, ReproducesEverythingFromPhantoms) {
  const TemporaryFolder out;
  const auto manifest = phantom_manifest({.broken_lesion = true});
  RecordingObserver observer;
  const auto outcome = run_study(manifest, tiny_options(), out.path(), {}, observer);
  const auto study = read_study(out.path());
  EXPECT_EQ(observer.failed, std::set<std::string>{}) << study["plan"].dump(1);
  EXPECT_EQ(outcome, Outcome::finished);

  EXPECT_EQ(study["schema"], "cxrnet.study/1");
  for (const auto& item : item_names()) ASSERT_TRUE(study.contains(item)) << item;
  EXPECT_EQ(study["data"]["used"], nlohmann::json({{"train", 12}, {"test", 12}}));
  EXPECT_EQ(study["fig9"]["rows"].size(), 2U);
  EXPECT_EQ(study["fig10"]["mcnemar"][0]["n"], 12);
  int64_t counted = 0;
  for (const auto& row : study["fig11"]["matrices"][1]["counts"])
    for (const auto& count : row) counted += count.get<int64_t>();
  EXPECT_EQ(counted, 12);
  // Of the twelve test images of the random split, four are of patients on its other side, too.
  const auto& leakage = study["leakage"];
  EXPECT_EQ(leakage["rows"][1]["n"], 8);
  EXPECT_EQ(leakage["rows"][0]["n"].get<int64_t>() + leakage["left_out"].get<int64_t>(), 4);
  EXPECT_EQ(study["fig3"]["n"], 12);
  EXPECT_EQ(study["fig3"]["rows"].size(), 4U);
  double shares = 0.0;
  for (const auto& share : study["fig3"]["share_after"]) shares += share.get<double>();
  EXPECT_NEAR(shares, 1.0, 1e-9);
  EXPECT_GT(study["fig3"]["spread_difference"]["value"].get<double>(), 0.0);
  EXPECT_EQ(study["fig7"]["rows"].size(), 4U);
  for (const auto& row : study["fig7"]["masks"]) {
    EXPECT_EQ(row["train"], 3) << row;
    EXPECT_EQ(row["test"], 3) << row;
  }
  EXPECT_EQ(study["fig12"]["rows"].size(), 8U);
  EXPECT_EQ(study["fig13"]["methods"][0]["ppc_block"].size(), 11U);
  EXPECT_EQ(study["fig14"]["methods"][0]["n"], 8);  // of 9; healthy phantoms have no lesion
  EXPECT_TRUE(study["fig14"]["methods"][0]["n_dead"].is_number());
  ASSERT_EQ(study["fig14"]["left_out"].size(), 1U);  // and is named
  EXPECT_FALSE(study["fig14"]["left_out"][0]["reason"].get<std::string>().empty());
  const auto& readout = study["audit"]["mask_readout"];
  EXPECT_EQ(readout["n"], 12);  // the test side, which no network learnt from
  EXPECT_EQ(readout["held_against"], "the network's answer");
  EXPECT_EQ(readout["by_channel"].size(), 4U);
  EXPECT_TRUE(readout["accuracy"]["value"].is_number());
  EXPECT_EQ(study["ablations"].size(), 15U);
  for (const auto& stage : study["plan"]) EXPECT_EQ(stage["state"], "done") << stage["stage"];

  for (const auto& example : study["fig8"]["examples"])
    EXPECT_TRUE(std::filesystem::exists(out.path() / example["picture"].get<std::string>()));
  for (const auto& row : study["fig3"]["rows"])
    EXPECT_TRUE(std::filesystem::exists(out.path() / row["after"].get<std::string>()));
  for (const auto& row : study["fig7"]["rows"])
    EXPECT_TRUE(std::filesystem::exists(out.path() / row["picture"].get<std::string>()));
  for (const char* table :
       {"plan", "fig3", "fig7", "fig9", "fig10_mcnemar", "table1", "fig13", "ablations"})
    EXPECT_TRUE(std::filesystem::exists(out.path() / "tables" / (std::string(table) + ".csv")))
        << table;
}

TEST(StudyTest, DoesNothingTwiceAndAgainOnlyWhatAnOptionChanges) {
  const TemporaryFolder out;
  const auto manifest = phantom_manifest({});
  RecordingObserver first;
  EXPECT_EQ(run_study(manifest, tiny_options(), out.path(), {"fig9"}, first), Outcome::finished);
  EXPECT_EQ(first.started, (Names{"shards.original", "train.original.resnet34",
                                  "train.original.alexnet", "fig9"}));
  RecordingObserver again;
  EXPECT_EQ(run_study(manifest, tiny_options(), out.path(), {"fig9"}, again), Outcome::finished);
  EXPECT_EQ(again.started, Names{});

  auto options = tiny_options();
  options.bootstrap.resamples = 60;
  RecordingObserver intervals;
  run_study(manifest, options, out.path(), {"fig9"}, intervals);
  EXPECT_EQ(intervals.started, Names{"fig9"});

  options.training.label_smoothing = 0.1;
  RecordingObserver trained;
  run_study(manifest, options, out.path(), {"fig9"}, trained);
  EXPECT_EQ(trained.started, (Names{"train.original.resnet34", "train.original.alexnet", "fig9"}));
}

// The paper's own split: patients on both sides are no error there, and one network serves figures
// and leakage.
TEST(StudyTest, TrainsOnTheRandomSplitOfThePresetPaper) {
  const TemporaryFolder out;
  auto options = tiny_options();
  options.split_column = options.leaky_split_column;
  RecordingObserver observer;
  EXPECT_EQ(run_study(phantom_manifest({}), options, out.path(), {"leakage"}, observer),
            Outcome::finished);
  EXPECT_EQ(observer.started, (Names{"shards.lungs", "train.segmenter", "shards.segmented",
                                     "train.segmented.resnet34", "leakage"}));
  const auto study = read_study(out.path());
  EXPECT_EQ(study["data"]["split_is_random"], true);
  EXPECT_EQ(study["leakage"]["split"], "paper_split");
  EXPECT_EQ(study["leakage"]["rows"][1]["n"], 8);
}

TEST(StudyTest, GoesOnWhereItWasStopped) {
  const TemporaryFolder straight;
  const TemporaryFolder broken;
  const auto manifest = phantom_manifest({});
  auto options = tiny_options();
  options.encoders = {"resnet34"};
  options.training.epochs = 3;
  RecordingObserver whole;
  ASSERT_EQ(run_study(manifest, options, straight.path(), {"fig9"}, whole), Outcome::finished);

  RecordingObserver stopped(/*steps_until_stop=*/3);  // two steps an epoch: inside the second one
  EXPECT_EQ(run_study(manifest, options, broken.path(), {"fig9"}, stopped), Outcome::interrupted);
  EXPECT_EQ(stopped.started.back(), "train.original.resnet34");
  const auto cut_off = read_study(broken.path());
  EXPECT_EQ(cut_off["complete"], false);
  EXPECT_EQ(cut_off["unprocessed"], nlohmann::json({"train.original.resnet34", "fig9"}));
  EXPECT_EQ(read_study(straight.path())["complete"], true);
  EXPECT_EQ(read_study(straight.path())["unprocessed"], nlohmann::json::array());
  RecordingObserver rest;
  EXPECT_EQ(run_study(manifest, options, broken.path(), {"fig9"}, rest), Outcome::finished);
  EXPECT_EQ(rest.started, (Names{"train.original.resnet34", "fig9"}));

  const auto a = read_study(straight.path())["fig9"]["rows"][0];
  const auto b = read_study(broken.path())["fig9"]["rows"][0];
  EXPECT_EQ(a["accuracy"], b["accuracy"]);
  EXPECT_EQ(a["epochs"], b["epochs"]);
  const auto weights = [](const TemporaryFolder& folder) {
    return read_file(folder.path() / "runs" / "train.original.resnet34" / "predictions.json");
  };
  EXPECT_EQ(weights(straight), weights(broken));
}

class StudyFolderTest : public testing::Test {
 protected:
  StudyFolderTest() {
    options_.encoders = {"alexnet"};
    RecordingObserver observer;
    run_study(manifest_, options_, out_.path(), {"fig9"}, observer);
  }

  Study study(const StudyOptions& options, uint64_t seed = 1) const {
    return {manifest_, options, seed, out_.path()};
  }

  const TemporaryFolder out_;
  const std::filesystem::path manifest_ = phantom_manifest({});
  StudyOptions options_ = tiny_options();
};

TEST_F(StudyFolderTest, TellsWhatIsOtherwiseThanInTheStudyThatLiesThere) {
  EXPECT_TRUE(study(options_).exists());
  EXPECT_FALSE(Study(manifest_, options_, 1, out_.path() / "none").exists());
  EXPECT_EQ(study(options_).changes(), Names{});
  EXPECT_EQ(study(options_, 2).changes(), Names{"seed was 1, is 2"});
  auto other = options_;
  other.training.epochs = 2;
  other.training.workers = 1;  // how it is run
  EXPECT_EQ(study(other).changes(), Names{"epochs was 1, is 2"});
  const Study of_other_data(phantom_manifest({.per_class = 7}), options_, 1, out_.path());
  ASSERT_EQ(of_other_data.changes().size(), 1U);
  EXPECT_EQ(of_other_data.changes()[0].rfind("manifest was \"", 0), 0U);

  std::filesystem::remove(out_.path() / "run.json");  // as older programs left it
  EXPECT_EQ(study(options_).changes(), Names{});
  EXPECT_EQ(study(other).changes(), (Names{"stage train.original.alexnet was made otherwise",
                                           "stage fig9 was made otherwise"}));
}

TEST_F(StudyFolderTest, DiscardTakesTheStudysFilesAlone) {
  write_file_atomically(out_.path() / "notes.txt", "mine");
  write_file_atomically(out_.path() / "tables" / "mine.txt", "mine");
  std::filesystem::create_directories(out_.path() / "runs" / "mine");
  study(options_).discard();
  std::set<std::string> left;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(out_.path()))
    left.insert(entry.path().lexically_relative(out_.path()).string());
  EXPECT_EQ(left,
            (std::set<std::string>{"notes.txt", "runs", "runs/mine", "tables", "tables/mine.txt"}));
}

TEST(StudyTest, AStageThatFailsIsRecordedAndTheOthersGoOn) {
  const TemporaryFolder out;
  const auto manifest = phantom_manifest({.masks = false});
  auto options = tiny_options();
  options.encoders = {"alexnet"};
  RecordingObserver observer;
  EXPECT_EQ(run_study(manifest, options, out.path(), {"fig8", "fig9"}, observer),
            Outcome::some_failed);
  EXPECT_EQ(observer.failed, (std::set<std::string>{"shards.lungs", "train.segmenter", "fig8"}));
  const auto study = read_study(out.path());
  EXPECT_TRUE(study.contains("fig9"));
  EXPECT_FALSE(study.contains("fig8"));
  EXPECT_EQ(study["complete"], false);
  EXPECT_EQ(study["unprocessed"], nlohmann::json::array());  // each was tried
  for (const auto& stage : study["plan"]) {
    if (stage["stage"] == "shards.lungs") {
      EXPECT_EQ(stage["state"], "failed");
      EXPECT_NE(stage["reason"].get<std::string>().find("lung masks"), std::string::npos);
    }
    if (stage["stage"] == "train.segmenter") {
      EXPECT_EQ(stage["reason"], "it needs 'shards.lungs', which failed");
    }
    if (stage["stage"] == "fig13") {
      EXPECT_EQ(stage["state"], "left out");
    }
  }
}

TEST(StudyTest, FewerThanTenTestImagesAreRefused) {
  const TemporaryFolder out;
  const auto manifest = phantom_manifest({.per_class = 6, .test_per_class = 2});
  auto options = tiny_options();
  options.encoders = {"alexnet"};
  RecordingObserver observer;
  EXPECT_EQ(run_study(manifest, options, out.path(), {"fig9"}, observer), Outcome::some_failed);
  const auto plan = read_study(out.path())["plan"];
  const auto stage = std::find_if(plan.begin(), plan.end(), [](const nlohmann::json& row) {
    return row["stage"] == "train.original.alexnet";
  });
  EXPECT_EQ((*stage)["reason"], "test side: expected at least 10 images, got 8; add images");
}

TEST(StudyTest, APlanAloneNeedsNoFolder) {
  const auto manifest = phantom_manifest({});
  const Study study(manifest, tiny_options(), 1, {});
  for (const auto& status : study.status({"fig9"})) {
    EXPECT_TRUE(status.state == StageState::waiting || status.state == StageState::left_out)
        << status.stage->name;
  }
  EXPECT_EQ(caught([&] { study.status({"fig1"}); }).code, ErrorCode::invalid_option);
}

}  // namespace
}  // namespace cxrnet::study
