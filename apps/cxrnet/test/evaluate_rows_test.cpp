// Which rows and masks `evaluate` and `prepare` take, and what they say about them.
#include <opencv2/core.hpp>

#include "test/images_fixture.h"

namespace cxrnet::app {
namespace {

// One phantom under two names, its lungs once as 0 and 255 and once as 0 and 1; a blank mask.
class EvaluateRows : public ImagesTest {
 protected:
  EvaluateRows() {
    for (const int64_t seed : {1, 2, 3}) {
      imaging::PhantomOptions options;
      options.size = 128;
      options.seed = seed == 2 ? 1 : seed;
      const auto phantom = imaging::render_phantom(options);
      const std::string name = "p" + std::to_string(seed);
      cv::Mat mask = phantom.lung_mask;
      if (seed == 2) mask = mask / 255;
      if (seed == 3) mask = cv::Mat::zeros(mask.size(), CV_8UC1);
      data_.write(name + ".png", imaging::encode_png(phantom.image));
      data_.write(name + ".mask.png", imaging::encode_png(mask));
    }
  }

  Outcome evaluate(const std::string& rows, const std::string& options = "") {
    const auto manifest =
        data_.write("m.csv", "path,label,patient_id,group_split,mask_path\n" + rows);
    return run("evaluate --data " + manifest.string() + " --model " +
               path("model.safetensors").string() + " --json --threads 1 " + options);
  }
  Outcome prepare(const std::string& rows, const std::string& options) {
    const auto manifest =
        data_.write("m.csv", "path,label,patient_id,group_split,mask_path\n" + rows);
    return run("prepare " + manifest.string() + " --masks annotated --size 64 --json --out " +
               (data_.path() / "shards").string() + " " + options);
  }

 private:
  TemporaryFolder data_;
};

TEST_F(EvaluateRows, AMaskOf0And1IsTheSameAsOneOf0And255) {
  const auto wide = evaluate("p1.png,viral,a,test,p1.mask.png\n");
  const auto narrow = evaluate("p2.png,viral,a,test,p2.mask.png\n");
  ASSERT_EQ(wide.status, 0) << wide.err;
  ASSERT_EQ(narrow.status, 0) << narrow.err;
  const auto iou = json::parse(wide.out)["segmentation"]["iou"];
  EXPECT_GT(iou.get<double>(), 0.1);  // everything is called lung: the lungs' share of the picture
  EXPECT_EQ(json::parse(narrow.out)["segmentation"]["iou"], iou);
}

TEST_F(EvaluateRows, AMaskThatShowsNothingIsRefusedWithWhatWasFound) {
  const std::string rows = "p1.png,viral,a,test,p1.mask.png\np3.png,viral,b,test,p3.mask.png\n";
  for (const auto& outcome : {evaluate(rows), prepare(rows, "")}) {
    EXPECT_EQ(outcome.status, 4) << outcome.err;
    const auto result = json::parse(outcome.out);
    ASSERT_EQ(result["refused"].size(), 1U);
    EXPECT_EQ(result["refused"][0]["input"], "manifest line 3");
    EXPECT_EQ(result["refused"][0]["code"], "corrupt_image");
    const auto message = result["refused"][0]["message"].get<std::string>();
    EXPECT_NE(message.find("got 1 values (0) in every pixel"), std::string::npos) << message;
  }
}

TEST_F(EvaluateRows, WithoutASplitItSaysThatEveryRowIsEvaluated) {
  const std::string rows = "p1.png,viral,a,Train,\np3.png,viral,b, test ,\n";
  const auto all = evaluate(rows);
  ASSERT_EQ(all.status, 0) << all.err;
  EXPECT_NE(all.err.find("every row is evaluated, whatever its side of group_split (1 of test, 1 "
                         "of train)"),
            std::string::npos)
      << all.err;
  const auto result = json::parse(all.out);
  EXPECT_EQ(result["sides"], json::parse(R"({"train": 1, "test": 1})"));
  EXPECT_EQ(result["notes"].size(), 1U);
  const auto one = evaluate(rows, "--split TEST");
  ASSERT_EQ(one.status, 0) << one.err;
  EXPECT_EQ(json::parse(one.out)["n"], 1);
  EXPECT_EQ(json::parse(one.out)["sides"], json::parse(R"({"test": 1})"));
  EXPECT_TRUE(json::parse(one.out)["notes"].empty());
}

TEST_F(EvaluateRows, APatientOnTwoSidesIsRefusedInEverySpelling) {
  const std::string rows = "p1.png,viral,a,Train,\np3.png,viral,a , TEST,\n";
  for (const auto& outcome : {evaluate(rows, "--split test"), prepare(rows, "--side train")}) {
    EXPECT_EQ(outcome.status, 3) << outcome.out;
    EXPECT_NE(outcome.err.find("[patient_leak]"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("lines 2 and 3"), std::string::npos) << outcome.err;
  }
}

TEST_F(EvaluateRows, CopiesOnTwoSidesAreRefusedOrReportedWhenAsked) {
  const std::string rows = "p1.png,viral,a,train,\np2.png,viral,b,test,\n";
  EXPECT_EQ(evaluate(rows, "--split test").status, 0);
  const auto reported = evaluate(rows, "--split test --duplicates report");
  EXPECT_EQ(reported.status, 0);
  EXPECT_NE(reported.err.find("lines 2 and 3 (equal bytes)"), std::string::npos) << reported.err;
  const auto refused = evaluate(rows, "--split test --duplicates refuse");
  EXPECT_EQ(refused.status, 3) << refused.out;
  EXPECT_NE(refused.err.find("lines 2 and 3 (equal bytes)"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace cxrnet::app
