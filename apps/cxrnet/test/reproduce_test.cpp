// The verb reproduce as a user runs it, on phantoms: plan, a small study, what it refuses.
#include <gtest/gtest.h>

#include <map>

#include "test/images_fixture.h"

namespace cxrnet::app {
namespace {

class ReproduceTest : public ImagesTest {
 protected:
  // Eight phantoms of each finding; returns the manifest.
  static std::string phantoms(const std::string& name, const std::string& test_fraction) {
    const auto outcome = run("phantom --count 8 --size 64 --quiet --test-fraction " +
                             test_fraction + " --out " + path(name).string());
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return path(name + "/manifest.csv").string();
  }

  static std::string reproduce(const std::string& arguments, const std::string& out) {
    return "reproduce " + arguments + " --threads 1 --out " + path(out).string();
  }
};

constexpr const char* kTiny =
    " --preset quick --encoders alexnet --main-encoder alexnet --width 0.125 --size 64 --epochs 1"
    " --validation-fraction 0.3 --workers 0 --resamples 20 --only fig9";

TEST_F(ReproduceTest, ADryRunPrintsThePlanAndWritesNothing) {
  const auto manifest = phantoms("plan-phantoms", "0.5");
  const auto outcome = run(reproduce("--dry-run --json --data " + manifest + kTiny, "plan"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto plan = json::parse(outcome.out);
  EXPECT_EQ(plan["schema"], "cxrnet.reproduce/1");
  EXPECT_GT(plan["seconds_left"].get<double>(), 0.0);
  std::map<std::string, std::string> states;
  for (const auto& stage : plan["plan"]) states[stage["stage"]] = stage["state"];
  EXPECT_EQ(states["train.original.alexnet"], "waiting");
  EXPECT_EQ(states["train.segmenter"], "left out");
  EXPECT_FALSE(fs::exists(path("plan")));
  const auto table = run("reproduce --dry-run --data " + manifest + kTiny);
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_NE(table.out.find("still to do: about"), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("balance sampling"), std::string::npos) << table.out;
}

TEST_F(ReproduceTest, ADryRunTellsHowEachStageTrains) {
  const auto manifest = phantoms("training-phantoms", "0.5");
  const std::string only = " --dry-run --only fig12 --encoders alexnet --data " + manifest;
  const auto outcome = run("reproduce --preset best --json" + only);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto plan = json::parse(outcome.out);
  std::map<std::string, json> training;
  for (const auto& stage : plan["plan"]) training[stage["stage"]] = stage["training"];
  EXPECT_FALSE(training["train.segmented.resnet50"]["options"].contains("augment-removal"));
  EXPECT_EQ(training["train.selection"]["options"]["augment-removal"], 0.5);
  EXPECT_EQ(training["train.segmented.resnet50"]["split_column"], "group_split");
  EXPECT_TRUE(training["fig12"].is_null());
  EXPECT_EQ(plan["unlike_paper"]["classifier"]["weight-decay"], 0.02);
  const auto paper = run("reproduce --preset paper" + only);
  ASSERT_EQ(paper.status, 0) << paper.err;
  EXPECT_NE(paper.out.find("on split paper_split"), std::string::npos) << paper.out;
  EXPECT_NE(paper.out.find("every classifier: nothing"), std::string::npos) << paper.out;
  EXPECT_NE(paper.out.find("train.selection: augment true, augment-removal 0.5, representation "
                           "class_selection"),
            std::string::npos)
      << paper.out;
}

TEST_F(ReproduceTest, MakesOneItemAndFindsItDone) {
  const auto manifest = phantoms("study-phantoms", "0.5");
  const auto outcome = run(reproduce("--json --data " + manifest + kTiny, "study"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto study = json::parse(outcome.out);
  EXPECT_EQ(study["schema"], "cxrnet.study/1");
  EXPECT_EQ(study["fig9"]["rows"].at(0)["encoder"], "alexnet");
  EXPECT_NE(study["command"].get<std::string>().find("--preset quick"), std::string::npos);
  EXPECT_NE(study["command"].get<std::string>().find("--width 0.125"), std::string::npos);
  for (const char* file : {"study.json", "report.html", "config.toml", "tables/fig9.csv"})
    EXPECT_TRUE(fs::exists(path("study") / file)) << file;
  EXPECT_EQ(study["complete"], true);
  EXPECT_NE(study["notice"].get<std::string>().find("Research use only"), std::string::npos);

  const auto before = contents(path("study"));
  const struct {
    const char* name;
    std::string arguments;
    const char* message;
  } refused[] = {
      {"nothing said", "", "go on with it by --resume, throw it away by --restart"},
      {"both said", "--resume --restart", "give one of them"},
      {"another option", "--resume --label-smoothing 0.1", "label-smoothing was 0.05, is 0.1"},
      {"another seed", "--resume --seed 4", "seed was 0, is 4"},
  };
  for (const auto& row : refused) {
    const auto refusal =
        run(reproduce("--data " + manifest + kTiny + " " + row.arguments, "study"));
    EXPECT_EQ(refusal.status, 2) << row.name << refusal.err;
    EXPECT_NE(refusal.err.find(row.message), std::string::npos) << row.name << refusal.err;
    EXPECT_EQ(contents(path("study")), before) << row.name;
  }
  EXPECT_EQ(run(reproduce("--resume --data " + manifest + kTiny, "no-study")).status, 3);
  EXPECT_FALSE(fs::exists(path("no-study")));

  const auto again = run(reproduce("--resume --json --data " + manifest + kTiny, "study"));
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(json::parse(again.out)["fig9"], study["fig9"]);
  EXPECT_EQ(again.err.find("[1/"), std::string::npos) << again.err;  // no stage was done again
  const auto anew = run(reproduce("--restart --seed 4 --json --data " + manifest + kTiny, "study"));
  ASSERT_EQ(anew.status, 0) << anew.err;
  EXPECT_EQ(json::parse(anew.out)["seed"], 4);
  EXPECT_NE(anew.err.find("[1/"), std::string::npos) << anew.err;
}

TEST_F(ReproduceTest, AStageThatFailsIsToldAndGivesStatusFour) {
  const auto manifest = phantoms("few-phantoms", "0.125");  // one test image of each class
  const auto outcome = run(reproduce("--data " + manifest + kTiny, "few"));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_NE(outcome.err.find("expected at least 10 images, got 4"), std::string::npos)
      << outcome.err;
  EXPECT_TRUE(fs::exists(path("few/report.html")));
}

TEST_F(ReproduceTest, RefusesWhatItCannotDo) {
  const auto manifest = phantoms("refused-phantoms", "0.5");
  const struct {
    const char* name;
    std::string arguments;
    const char* message;
  } rows[] = {
      {"unknown item", "--only fig6 --data " + manifest, "expected items of fig3, fig7"},
      {"no manifest", "", "give --data manifest.csv"},
      {"unknown preset", "--preset fast --data " + manifest, "quick"},
      {"unknown encoder", "--encoders resnet18 --data " + manifest, "inception_v3"},
      {"unknown method", "--methods guess --data " + manifest, "grad_cam"},
  };
  for (const auto& row : rows) {
    const auto outcome = run(reproduce(row.arguments, "refused"));
    EXPECT_EQ(outcome.status, 2) << row.name << outcome.err;
    EXPECT_NE(outcome.err.find(row.message), std::string::npos) << row.name << outcome.err;
  }
  EXPECT_FALSE(fs::exists(path("refused")));
  const auto outcome = run("reproduce --data " + manifest);
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_NE(outcome.err.find("give --out"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace cxrnet::app
