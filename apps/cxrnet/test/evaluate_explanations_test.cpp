// `cxrnet evaluate --explain` as a user runs it.
#include <gtest/gtest.h>

#include <sstream>

#include "test/images_fixture.h"

namespace cxrnet::app {
namespace {

class EvaluateExplanationsTest : public ImagesTest {
 protected:
  static void SetUpTestSuite() {
    ImagesTest::SetUpTestSuite();
    ASSERT_EQ(
        run("phantom --count 3 --size 96 --test-fraction 0.34 --out " + path("phantoms").string())
            .status,
        0);
    std::istringstream manifest(read_text(path("phantoms/manifest.csv")));
    std::string kept;
    for (std::string line; std::getline(manifest, line);) {
      if (line.find("covid19") == std::string::npos) kept += line + "\n";
    }
    folder_->write("phantoms/without_covid19.csv", kept);
  }

  static Outcome evaluate(const std::string& arguments,
                          const std::string& manifest = "manifest.csv") {
    return run("evaluate --data " + path("phantoms/" + manifest).string() + " --model " +
               path("model.safetensors").string() + " --threads 1 --resamples 50 --json " +
               arguments);
  }
};

TEST_F(EvaluateExplanationsTest, AddsTheContractsFiguresToTheEvaluation) {
  const auto outcome =
      evaluate("--explain saliency,random --judge " + path("model.safetensors").string() +
               " --out " + path("explained_set").string());
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto result = json::parse(outcome.out);
  EXPECT_EQ(result["schema"], "cxrnet.evaluate/1");
  EXPECT_EQ(result["n"], 12);
  for (const char* method : {"saliency", "random"}) {
    const auto& figures = result["explanation"][method];
    for (const char* name : {"aoppc_threshold", "aoppc_rank", "aoppc_block", "insertion",
                             "deletion", "p_full_removal", "inside_lung"}) {
      EXPECT_TRUE(figures[name].is_number()) << method << " " << name;
      EXPECT_EQ(result["intervals"]["explanation"][method][name].size(), 2U) << name;
    }
    EXPECT_EQ(figures["ppc_threshold"].size(), 11U);
    EXPECT_EQ(figures["ppc_rank"].size(), 11U);
    EXPECT_EQ(figures["ppc_block"].size(), 11U);
  }
  EXPECT_FALSE(result["explanation"]["saliency"].contains("difference"));
  const auto& figures = result["explanation"];
  EXPECT_NEAR(
      figures["random"]["difference"]["insertion"].get<double>(),
      figures["saliency"]["insertion"].get<double>() - figures["random"]["insertion"].get<double>(),
      1e-9);
  EXPECT_EQ(result["intervals"]["explanation"]["random"]["difference"]["insertion"].size(), 2U);
  EXPECT_TRUE(result["intervals"].contains("accuracy"));
  EXPECT_EQ(result["explanation_setup"]["lung_masks"]["annotated"], 12);
  EXPECT_NE(result["explanation_setup"]["judge"].get<std::string>().find("small"),
            std::string::npos);
  EXPECT_EQ(json::parse(read_text(path("explained_set/evaluation.json"))), result);
  EXPECT_NE(read_text(path("explained_set/report.html")).find("What the explanations are worth"),
            std::string::npos);
}

// The table that must stand beside the shipped map, LayerCAM's level chosen where nothing is
// measured.
TEST_F(EvaluateExplanationsTest, EvidenceIsMeasuredByTwoFillsOnTwoGrids) {
  const auto outcome = evaluate(
      "--split test --explain evidence --explain-levels 2 --integrated-gradients-steps 2 "
      "--explain-limit 2 --layer-cam-side train --layer-cam-images 2 --out " +
      path("evidence").string());
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto result = json::parse(outcome.out);
  for (const char* method : {"representation", "grad_cam", "layer_cam", "integrated_gradients",
                             "occlusion", "random", "lung_mask"}) {
    ASSERT_TRUE(result["explanation"][method].is_object()) << method;
    for (const char* block : {"blur_16", "blur_10", "zero_16", "zero_10"})
      EXPECT_TRUE(result["explanation"][method]["blocks"][block]["deletion"].is_number()) << block;
  }
  EXPECT_EQ(result["explanation_setup"]["layer_cam"]["chosen_on"]["side"], "train");
  EXPECT_EQ(result["explanation_setup"]["layer_cam"]["chosen_on"]["n"], 2);
  EXPECT_NE(read_text(path("evidence/report.html")).find("Deletion (zero, 10 × 10"),
            std::string::npos);
  const auto card = run("card " + path("model.safetensors").string() + " --data " +
                        path("phantoms/manifest.csv").string() +
                        " --evaluations Test=" + path("evidence").string());
  ASSERT_EQ(card.status, 0) << card.err;
  EXPECT_NE(card.out.find("deletion (zero, 10 × 10, by the model itself)"), std::string::npos);
  EXPECT_EQ(card.out.find("Not measured beside"), std::string::npos) << card.out;
}

TEST_F(EvaluateExplanationsTest, RefusesToChooseALevelOnWhatItMeasures) {
  EXPECT_EQ(evaluate("--explain layer_cam --layer-cam-side train").status, 2);
  const auto same = evaluate("--split test --explain layer_cam --layer-cam-side test");
  EXPECT_EQ(same.status, 2);
  EXPECT_NE(same.err.find("not measured"), std::string::npos) << same.err;
  EXPECT_EQ(evaluate("--split test --layer-cam-side train").status, 2);  // without --explain
  EXPECT_EQ(evaluate("--explain random --explain-also-fills grey").status, 2);
}

TEST_F(EvaluateExplanationsTest, SaysWhenThereAreFewImagesOrNone) {
  const auto few = evaluate("--explain random --explain-class viral");
  EXPECT_EQ(few.status, 0);
  EXPECT_NE(few.err.find("only 3 images"), std::string::npos) << few.err;
  const auto limited = evaluate("--explain random --explain-limit 2");
  EXPECT_EQ(json::parse(limited.out)["explanation"]["random"]["n"], 2);
  const auto none = evaluate("--explain random --explain-class covid19", "without_covid19.csv");
  EXPECT_EQ(none.status, 0) << none.err;
  EXPECT_NE(none.err.find("no image of covid19"), std::string::npos) << none.err;
  const auto result = json::parse(none.out);
  EXPECT_TRUE(result["explanation"]["random"]["deletion"].is_null());
  EXPECT_EQ(result["undefined"]["explanation"]["random"]["deletion"], "no images");
}

TEST_F(EvaluateExplanationsTest, RefusesWhatItCannotDoBeforeItBegins) {
  const auto unknown = evaluate("--explain gradcam");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("grad_cam"), std::string::npos) << unknown.err;
  EXPECT_EQ(evaluate("--explain random --explain-class covid").status, 2);
  const auto alone = evaluate("--explain-limit 3");
  EXPECT_EQ(alone.status, 2);
  EXPECT_NE(alone.err.find("--explain METHOD"), std::string::npos) << alone.err;
  EXPECT_NE(evaluate("--explain random --judge " + path("nothing.safetensors").string()).status, 0);
}

// Without --explain nothing is added.
TEST_F(EvaluateExplanationsTest, IsLeftOutUnlessAskedFor) {
  const auto outcome = evaluate("--split test");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_FALSE(json::parse(outcome.out).contains("explanation"));
}

}  // namespace
}  // namespace cxrnet::app
