// The verbs that take images, as a user runs them: good inputs beside every bad one, and bad
// models.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <sstream>

#include "cxrnet/core/safetensors.h"
#include "test/images_fixture.h"

namespace cxrnet::app {
namespace {

TEST_F(ImagesTest, PredictWritesWhatTheContractSays) {
  const auto outcome = run(predict(path("good.png").string(), "out") + " --report " +
                           path("out/report.html").string());
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto result = json::parse(outcome.out);
  EXPECT_EQ(result["schema"], "cxrnet.predict/1");
  const auto& image = result["images"].at(0);
  double sum = 0.0;
  for (const char* label : {"healthy", "bacterial", "viral", "covid19"})
    sum += image["probabilities"][label].get<double>();
  EXPECT_NEAR(sum, 1.0, 1e-6);
  EXPECT_TRUE(image["probabilities"].contains(image["label"].get<std::string>()));
  EXPECT_FALSE(image["calibrated"].get<bool>());
  EXPECT_TRUE(image["flags"].is_array());
  EXPECT_EQ(image["lung_fraction"], 1.0);
  EXPECT_EQ(image["model"]["name"], "small");
  EXPECT_EQ(image["model"]["sha256"].get<std::string>().size(), 64U);
  EXPECT_EQ(names(path("out")),
            (std::set<std::string>{"config.toml", "good.heat.png", "good.mask.png",
                                   "good.overlay.png", "predictions.json", "report.html"}));
  EXPECT_EQ(json::parse(read_text(path("out/predictions.json"))), result);
  const auto report = read_text(path("out/report.html"));
  EXPECT_NE(report.find("good"), std::string::npos);
  EXPECT_NE(report.find("esearch use only"), std::string::npos);
  EXPECT_EQ(report.find("src=\"http"), std::string::npos);
}

struct BadInput {
  const char* name;
  const char* code;
  std::function<std::string()> bytes;
};

std::string dicom_sample(const std::string& name) {
  return read_file(fs::path(CXRNET_SOURCE_DIR) / "libs/imaging/test/data/dicom" / name);
}

std::string good_jpeg() {
  cv::Mat ramp(64, 64, CV_8UC1);
  for (int x = 0; x < 64; ++x) ramp.col(x).setTo(4 * x);
  return imaging::encode_jpeg(ramp, 90);
}

const std::vector<BadInput>& bad_inputs() {
  static const std::vector<BadInput> inputs{
      {"empty.png", "empty_input", [] { return std::string(); }},
      {"truncated.jpg", "corrupt_image", [] { return good_jpeg().substr(0, 400); }},
      {"text.png", "unsupported_format",
       [] { return std::string("This is not an X-ray, whatever its name says.\n"); }},
      {"one_pixel.png", "image_too_small",
       [] { return imaging::encode_png(cv::Mat(1, 1, CV_8UC1, cv::Scalar(9))); }},
      {"black.png", "no_contrast",
       [] { return imaging::encode_png(cv::Mat::zeros(80, 80, CV_8UC1)); }},
      {"cmyk.jpg", "unsupported_colour",
       [] {
         return read_file(fs::path(CXRNET_SOURCE_DIR) / "libs/imaging/test/data/raster/cmyk.jpg");
       }},
      {"truncated.dcm", "corrupt_image",
       [] {
         auto bytes = dicom_sample("rle.dcm");
         return bytes.substr(0, bytes.size() - 60);
       }},
  };
  return inputs;
}

TEST_F(ImagesTest, EachBadInputIsRefusedWithItsCodeAndTheRestIsDone) {
  for (const auto& input : bad_inputs())
    folder_->write(std::string("batch/") + input.name, input.bytes());
  fs::copy_file(path("good.png"), path("batch/good.png"));
  const auto outcome = run(predict(path("batch").string(), "batch_out"));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  const auto result = json::parse(outcome.out);
  EXPECT_EQ(result["images"].size(), 1U);
  std::map<std::string, std::string> codes;
  for (const auto& refused : result["refused"]) {
    codes[fs::path(refused["input"].get<std::string>()).filename()] = refused["code"];
    EXPECT_NE(refused["message"].get<std::string>().find("expected"), std::string::npos) << refused;
  }
  for (const auto& input : bad_inputs()) EXPECT_EQ(codes[input.name], input.code) << input.name;
  EXPECT_EQ(names(path("batch_out")),
            (std::set<std::string>{"config.toml", "good.heat.png", "good.mask.png",
                                   "good.overlay.png", "predictions.json"}));
}

TEST_F(ImagesTest, OnlyBadInputsIsStatusThree) {
  folder_->write("bad/text.png", "no image");
  EXPECT_EQ(run(predict(path("bad").string(), "bad_out")).status, 3);
}

TEST_F(ImagesTest, AFullDiskLeavesNothingHalfWritten) {
  const auto outcome = run(predict(path("good.png").string(), "full"), "ulimit -f 4;");
  EXPECT_NE(outcome.status, 0);
  EXPECT_NE(outcome.err.find("disk_full"), std::string::npos) << outcome.err;
  for (const auto& name : names(path("full"))) EXPECT_FALSE(name.ends_with(".part")) << name;
}

struct BadModel {
  const char* name;
  const char* code;
  std::function<void(Safetensors&)> change;
};

TEST_F(ImagesTest, BadModelsAreRefusedBeforeAnyImageIsRead) {
  const std::vector<BadModel> models{
      {"of another version", "model_version",
       [](Safetensors& model) {
         for (auto& [key, value] : model.metadata) {
           const auto at = value.find("cxrnet.model/1");
           if (at != std::string::npos) value.replace(at, 14, "cxrnet.model/9");
         }
       }},
      {"without a layer", "corrupt_model",
       [](Safetensors& model) { model.tensors.erase("classifier.head.fc.weight"); }},
      {"with damaged weights", "corrupt_model",
       [](Safetensors& model) { model.tensors.at("classifier.encoder.conv1.weight").mul_(5.0); }},
  };
  for (const auto& model : models) {
    auto contents = read_safetensors(path("model.safetensors"));
    model.change(contents);
    write_safetensors(path("bad.safetensors"), contents);
    const auto outcome = run("predict " + path("good.png").string() + " --model " +
                             path("bad.safetensors").string() + " --out " + path("never").string());
    EXPECT_NE(outcome.status, 0) << model.name;
    EXPECT_NE(outcome.err.find(model.code), std::string::npos) << model.name << ": " << outcome.err;
    EXPECT_FALSE(fs::exists(path("never"))) << model.name;
  }
}

TEST_F(ImagesTest, ATruncatedModelIsRefused) {
  write_file_atomically(path("cut.safetensors"),
                        read_file(path("model.safetensors")).substr(0, 5000));
  const auto outcome = run("segment " + path("good.png").string() + " --model " +
                           path("cut.safetensors").string() + " --out " + path("cut").string());
  EXPECT_NE(outcome.err.find("corrupt_model"), std::string::npos) << outcome.err;
}

TEST_F(ImagesTest, SegmentWritesItsPictures) {
  const auto model = " --model " + path("model.safetensors").string();
  ASSERT_EQ(run("segment " + path("good.png").string() + model + " --json --out " +
                path("segmented").string())
                .status,
            0);
  EXPECT_EQ(names(path("segmented")),
            (std::set<std::string>{"config.toml", "good.mask.png", "good.outline.png"}));
}

// Deletes the third; gives what `evaluate` calls it.
std::string lose_an_image_of_the_test_side(const fs::path& manifest) {
  std::istringstream lines(read_text(manifest));
  std::string line;
  int number = 0;
  for (int found = 0; found < 3 && std::getline(lines, line);) {
    ++number;
    if (line.ends_with(",test")) ++found;
  }
  fs::remove(manifest.parent_path() / "images" / (line.substr(0, line.find(',')) + ".png"));
  return "manifest line " + std::to_string(number);
}

// The whole path on phantoms: render, prepare, train, train on, evaluate.
TEST_F(ImagesTest, PhantomsGoThroughTrainingAndEvaluation) {
  const std::string manifest = path("phantoms/manifest.csv").string();
  ASSERT_EQ(
      run("phantom --count 6 --size 96 --test-fraction 0.34 --out " + path("phantoms").string())
          .status,
      0);
  auto outcome = run("prepare " + manifest + " --size 64 --arm original --masks annotated --out " +
                     path("shards").string());
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  outcome = run("prepare " + manifest + " --size 64 --arm original --masks annotated --json" +
                " --side train --out " + path("one_side").string());
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out)["images"], 16);  // 4 of 6 phantoms of each of 4 findings
  const std::string training = "train " + path("shards").string() +
                               " --network classifier --architecture resnet34 --width 0.125" +
                               " --decoder-widths 8,8,8,8,8 --epochs 2 --batch-size 4 --precision "
                               "f32 --validation-fraction 0.3" +
                               " --threads 1 --out " + path("run").string();
  outcome = run(training + " --lung-weight 0.5");  // the preset's decoder draws no image
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("lung-weight: expected a decoder that draws an image"),
            std::string::npos)
      << outcome.err;
  outcome = run(training + " --lung-weight 0.5 --representation image --stop-after 1");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(read_text(path("run/epochs.csv")).find("lung_dice"), std::string::npos);
  fs::remove_all(path("run"));
  outcome = run("train " + path("shards").string() + " --network segmenter --lung-weight 1 --out " +
                path("run").string());
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("lung-weight: expected a classifier"), std::string::npos)
      << outcome.err;
  outcome = run(training + " --stop-after 1");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_FALSE(fs::exists(path("run/model.safetensors")));
  outcome = run(training + " --resume");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  outcome = run("evaluate --data " + manifest + " --split test --model " +
                path("run/model.safetensors").string() + " --json --threads 1 --out " +
                path("evaluated").string());
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto result = json::parse(outcome.out);
  EXPECT_EQ(result["schema"], "cxrnet.evaluate/1");
  EXPECT_EQ(result["n"], 8);  // 2 of 6 phantoms of each of 4 findings
  EXPECT_TRUE(result["accuracy"].is_number());
  EXPECT_TRUE(result["per_class"]["covid19"].contains("auroc"));
  EXPECT_EQ(result["confusion_matrix"]["counts"].size(), 4U);
  const auto& flagged =
      result["flags"]["low_resolution"];  // the model takes 64 pixels, as all have
  EXPECT_EQ(flagged["right"]["n"].get<int>() + flagged["wrong"]["n"].get<int>(), 8);
  EXPECT_TRUE(result["flags"].contains("out_of_distribution"));
  EXPECT_TRUE(fs::exists(path("evaluated/report.html")));
  EXPECT_FALSE(result.contains("explanation"));

  const std::string evaluation = "evaluate --data " + manifest + " --split test --model " +
                                 path("run/model.safetensors").string() + " --threads 1 --json ";
  outcome =
      run(evaluation + "--explain saliency,random --explain-class viral --judge " +
          path("run/model.safetensors").string() + " --out " + path("explained_set").string());
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("only 2 images"), std::string::npos) << outcome.err;
  const auto explained = json::parse(outcome.out);
  EXPECT_EQ(explained["accuracy"], result["accuracy"]);
  EXPECT_EQ(explained["explanation"]["random"]["ppc_block"].size(), 11U);
  EXPECT_TRUE(explained["explanation"]["saliency"]["deletion"].is_number());
  EXPECT_TRUE(explained["explanation"]["saliency"]["inside_lung"].is_number());
  EXPECT_NE(read_text(path("explained_set/report.html")).find("What the explanations are worth"),
            std::string::npos);

  outcome = run(evaluation + "--explain gradcam");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("grad_cam"), std::string::npos) << outcome.err;
  EXPECT_EQ(run(evaluation + "--explain random --explain-class covid").status, 2);
  EXPECT_EQ(run(evaluation + "--explain-limit 3").status, 2);

  const std::string two_threads = "evaluate --data " + manifest + " --split test --model " +
                                  path("run/model.safetensors").string() + " --threads 2 --json";
  outcome = run(two_threads);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out)["confusion_matrix"], result["confusion_matrix"]);

  const auto missing = lose_an_image_of_the_test_side(manifest);
  outcome = run(two_threads + " --explain random");
  ASSERT_EQ(outcome.status, 4) << outcome.err;
  const auto without = json::parse(outcome.out);
  EXPECT_EQ(without["n"], 7);
  ASSERT_EQ(without["refused"].size(), 1U);
  EXPECT_EQ(without["refused"][0]["input"], missing);
}

TEST_F(ImagesTest, SeveralWorkersAndBatchesAnswerAsOneDoesAndInOrder) {
  const TemporaryFolder scans;
  for (int64_t seed = 0; seed < 9; ++seed) {
    imaging::PhantomOptions options;
    options.size = 128;
    options.seed = seed;
    scans.write("scan" + std::to_string(seed) + ".png",
                imaging::encode_png(imaging::render_phantom(options).image));
  }
  scans.write("scan4.png", "damaged");
  scans.write("scan7.png", imaging::encode_png(cv::Mat::zeros(128, 128, CV_8UC1)));
  const auto ask = [&](int workers, int batch, const std::string& out) {
    return run("predict " + scans.path().string() + " --model " +
               path("model.safetensors").string() + " --out " + path(out).string() +
               " --json --threads 2 --workers " + std::to_string(workers) + " --batch " +
               std::to_string(batch));
  };
  const auto one = ask(1, 1, "one_worker");
  const auto three = ask(3, 1, "three_workers");
  const auto batches = ask(2, 4, "batches");  // of 4, 4 and 1
  EXPECT_EQ(one.status, 4);
  EXPECT_EQ(three.status, 4);
  const auto expected = json::parse(one.out);
  EXPECT_EQ(json::parse(three.out)["images"], expected["images"]);
  EXPECT_EQ(json::parse(three.out)["refused"], expected["refused"]);
  ASSERT_EQ(expected["images"].size(), 7);
  ASSERT_EQ(expected["refused"].size(), 2);
  EXPECT_EQ(expected["images"][4]["stem"], "scan5");
  for (const char* others : {"three_workers", "batches"})
    EXPECT_EQ(names(path(others)), names(path("one_worker")));
  const auto by_batches = json::parse(batches.out);
  EXPECT_EQ(by_batches["refused"], expected["refused"]);
  ASSERT_EQ(by_batches["images"].size(), expected["images"].size());
  for (std::size_t i = 0; i < expected["images"].size(); ++i) {
    const auto& alone = expected["images"][i];
    const auto& together = by_batches["images"][i];
    EXPECT_EQ(together["stem"], alone["stem"]);
    EXPECT_EQ(together["label"], alone["label"]);
    EXPECT_EQ(together["flags"], alone["flags"]);
    for (const auto& [label, probability] : alone["probabilities"].items())
      EXPECT_NEAR(together["probabilities"][label].get<double>(), probability.get<double>(), 1e-4);
  }
}

TEST_F(ImagesTest, AFileNameThatIsNotUtf8IsAnsweredAndStaysValidJson) {
  const TemporaryFolder scans;
  imaging::PhantomOptions options;
  options.size = 128;
  scans.write(
      "a\xFF"
      "b.png",
      imaging::encode_png(imaging::render_phantom(options).image));
  const auto model = " --model " + path("model.safetensors").string();
  const auto report = path("named.html").string();
  const auto outcome = run("predict " + scans.path().string() + model + " --out " +
                           path("named").string() + " --report " + report + " --json");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const auto document = json::parse(read_file(path("named/predictions.json")));
  EXPECT_EQ(document["images"][0]["stem"],
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(json::parse(outcome.out), document);
  EXPECT_TRUE(std::filesystem::exists(report));
  EXPECT_EQ(run("explain " + scans.path().string() + model + " --method grad_cam --out " +
                path("named_explained").string())
                .status,
            0);
}

}  // namespace
}  // namespace cxrnet::app
