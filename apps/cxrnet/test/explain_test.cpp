// The verb explain as a user runs it: every method's files, the class asked about, and what it
// refuses.
#include <gtest/gtest.h>

#include <cstring>
#include <opencv2/imgcodecs.hpp>

#include "cxrnet/explain/method.h"
#include "test/images_fixture.h"

namespace cxrnet::app {
namespace {

class ExplainTest : public ImagesTest {
 protected:
  static std::string explain(const std::string& arguments, const std::string& out,
                             const std::string& model = "model.safetensors") {
    return "explain " + path("good.png").string() + " " + arguments + " --model " +
           path(model).string() + " --json --threads 1 --out " + path(out).string();
  }

  static cv::Mat picture(const std::string& name) {
    return cv::imread(path(name).string(), cv::IMREAD_UNCHANGED);
  }
};

// Few passes, so that every method answers in a moment.
constexpr const char* kFewPasses =
    " --smoothgrad-samples 2 --integrated-gradients-steps 2 --score-cam-channels 3 --rise-masks 8";

std::set<std::string> method_names() {
  const auto names = enum_names<explain::Method>();
  return {names.begin(), names.end()};
}

TEST_F(ExplainTest, TheDefaultIsTheRepresentationOfThePredictedClass) {
  const auto outcome = run(explain("", "default"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto result = json::parse(outcome.out);
  EXPECT_EQ(result["schema"], "cxrnet.explain/1");
  const auto& image = result["images"].at(0);
  EXPECT_EQ(image["method"], "representation");
  EXPECT_EQ(image["class"], image["label"]);
  EXPECT_EQ(image["inside_lung"], 1.0);  // everything is lung to this segmenter
  EXPECT_EQ(image["methods"]["representation"]["inside_lung"], 1.0);
  EXPECT_EQ(
      names(path("default")),
      (std::set<std::string>{"config.toml", "explanations.json", "good.heat.png", "good.panel.png",
                             "good.representation.npy", "good.representation.png"}));
  EXPECT_EQ(json::parse(read_text(path("default/explanations.json"))), result);
}

TEST_F(ExplainTest, AllMethodsWriteTheirHeatInThreeForms) {
  const auto outcome = run(explain(std::string("--method all --class viral") + kFewPasses, "all"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto result = json::parse(outcome.out);
  const auto& image = result["images"].at(0);
  EXPECT_EQ(image["class"], "viral");
  std::set<std::string> answered;
  for (const auto& [name, facts] : image["methods"].items()) {
    SCOPED_TRACE(name);
    answered.insert(name);
    EXPECT_TRUE(facts["inside_lung"].is_null() || facts["inside_lung"] == 1.0);
    const cv::Mat heat = picture("all/" + facts["heat"].get<std::string>());
    ASSERT_EQ(heat.type(), CV_16UC1);
    EXPECT_EQ(heat.size(), cv::Size(160, 160));
    const auto array = read_text(path("all/" + facts["array"].get<std::string>()));
    ASSERT_GT(array.size(), 160U * 160 * 4);
    cv::Mat values(160, 160, CV_32FC1);
    std::memcpy(values.data, array.data() + array.size() - 160 * 160 * 4, 160 * 160 * 4);
    cv::Mat bits;
    values.convertTo(bits, CV_16U, 65535.0);
    EXPECT_EQ(cv::norm(bits, heat, cv::NORM_INF), 0.0);
  }
  EXPECT_EQ(answered, method_names());
  EXPECT_EQ(image["methods"]["lung_mask"]["inside_lung"], nullptr);  // constant: it says nothing
  EXPECT_NE(image["methods"]["lung_mask"]["undefined"], "");
  EXPECT_EQ(picture("all/good.heat.png").type(), CV_8UC1);
  const cv::Mat panel = picture("all/good.panel.png");
  EXPECT_EQ(panel.type(), CV_8UC3);
  EXPECT_GT(panel.cols, 5 * 360);  // the X-ray and 13 methods in rows of five
  EXPECT_GT(panel.rows, 3 * 360);
}

TEST_F(ExplainTest, TheFirstMethodGivesTheHeat) {
  ASSERT_EQ(run(explain("--method edges,random,edges", "edges")).status, 0);
  cv::Mat bits;
  picture("edges/good.edges.png").convertTo(bits, CV_8U, 1.0 / 257.0);
  EXPECT_LE(cv::norm(bits, picture("edges/good.heat.png"), cv::NORM_INF), 1.0);
}

TEST_F(ExplainTest, TheSeedDecidesWhatIsDrawn) {
  const auto noise = [&](const std::string& seed, const std::string& out) {
    EXPECT_EQ(run(explain("--method random --seed " + seed, out)).status, 0);
    return read_text(path(out + "/good.random.npy"));
  };
  const auto one = noise("1", "seed1");
  EXPECT_EQ(noise("1", "seed1again"), one);
  EXPECT_NE(noise("2", "seed2"), one);
}

TEST_F(ExplainTest, RefusesWhatItDoesNotKnow) {
  struct Row {
    const char* arguments;
    const char* words;
  };
  for (const auto& row :
       {Row{"--method gradcam", "grad_cam_plus_plus"},
        Row{"--class pneumonia", "healthy, bacterial, viral, covid19"},
        Row{"--method grad_cam --cam-level 5", "cam-level"}, Row{"--rise-keep 0", "rise-keep"}}) {
    const auto outcome = run(explain(row.arguments, "never"));
    EXPECT_EQ(outcome.status, 2) << row.arguments;
    EXPECT_NE(outcome.err.find("invalid_option"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find(row.words), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(path("never")));
  }
}

TEST_F(ExplainTest, SaysWhatAMethodNeedsAndAllLeavesItOut) {
  auto model = nn::load_model(path("model.safetensors"));
  auto options = model.classifier->options();
  options.representation = nn::Representation::none;
  model.classifier = nn::CxrNet(options);
  model.segmenter = nullptr;
  model.preprocessing.arm = nn::Arm::original;
  nn::save_model(path("plain.safetensors"), model);
  for (const auto& [method, need] :
       {std::pair{"representation", "decoder"}, {"lung_mask", "segmenter"}}) {
    const auto outcome =
        run(explain(std::string("--method grad_cam,") + method, "never", "plain.safetensors"));
    EXPECT_EQ(outcome.status, 2);
    EXPECT_NE(outcome.err.find(need), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(path("never")));
  }
  const auto outcome =
      run(explain(std::string("--method all") + kFewPasses, "plain", "plain.safetensors"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto image = json::parse(outcome.out)["images"].at(0);
  EXPECT_EQ(image["methods"].size(), method_names().size() - 2);
  EXPECT_EQ(image["inside_lung"], nullptr);
}

TEST_F(ExplainTest, HelpNamesEveryMethod) {
  const auto help = run("explain --help").out;
  for (const auto& name : method_names()) EXPECT_NE(help.find(name), std::string::npos) << name;
}

}  // namespace
}  // namespace cxrnet::app
