// The verb bench: its JSON, and what it says of runtimes that are not there. Times are not tested.
#include <gtest/gtest.h>

#include "test/images_fixture.h"

namespace cxrnet::app {
namespace {

class BenchTest : public ImagesTest {
 protected:
  static constexpr const char* kSmall =
      "bench --architecture resnet34 --width 0.25 --size 96 --rounds 1 --round-seconds 0.01 "
      "--threads 1 --json ";
};

TEST_F(BenchTest, ComparesWithWhatIsAskedFor) {
  const auto outcome =
      run(std::string(kSmall) + "--against opencv --layers --out " + path("bench").string());
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto result = json::parse(outcome.out);
  EXPECT_EQ(result["schema"], "cxrnet.bench/1");
  EXPECT_EQ(result["batch"], 1);
  EXPECT_TRUE(result["ratios"]["fp32"].is_null());  // nobody asked for ONNX Runtime
  EXPECT_GT(result["peak_share"]["fp32"], 0.0);
  std::set<std::string> runtimes;
  for (const auto& row : result["rows"]) {
    runtimes.insert(row["runtime"]);
    EXPECT_LT(row["largest_difference"], row["precision"] == "f32" ? 1e-4 : 0.05);
  }
  EXPECT_EQ(runtimes, (std::set<std::string>{"cxrnet", "libtorch", "opencv"}));
  EXPECT_EQ(names(path("bench")),
            (std::set<std::string>{"bench.json", "config.toml", "roofline.svg"}));
  const auto total = [&result](const char* list, const char* field) {
    double sum = 0.0;
    for (const auto& entry : result[list]) sum += entry[field].get<double>();
    return sum;
  };
  EXPECT_NEAR(total("layers", "flop") / 1e9, result["gflop"], 1e-6);
  EXPECT_NEAR(total("kinds_of_layers", "flop") / 1e9, result["gflop"], 1e-6);
  EXPECT_NEAR(total("kinds_of_layers", "seconds"), total("layers", "seconds"), 1e-9);
  EXPECT_EQ(result["layers"][0]["precision"], "f32");
}

TEST_F(BenchTest, SumsLayersByKind) {
  const auto outcome = run(std::string(kSmall) + "--precisions int8 --against opencv --layers");
  if (outcome.err.find("that this processor has kernels for") != std::string::npos)
    GTEST_SKIP() << "this processor has no int8 kernels";
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto result = json::parse(outcome.out);
  double quantised = 0.0;
  double others = 0.0;
  double idle_seconds = 0.0;
  for (const auto& layer : result["layers"]) {
    const double flop = layer["flop"];
    (layer["precision"] == "int8" ? quantised : others) += flop;
    if (flop == 0.0) idle_seconds += layer["seconds"].get<double>();
  }
  EXPECT_GT(quantised, 0.0);
  EXPECT_GT(others, 0.0);
  const auto& kinds = result["kinds_of_layers"];
  ASSERT_EQ(kinds.size(), 4U);
  EXPECT_DOUBLE_EQ(kinds[0]["flop"].get<double>() + kinds[1]["flop"].get<double>(), quantised);
  EXPECT_DOUBLE_EQ(kinds[2]["flop"].get<double>(), others);
  EXPECT_NEAR(kinds[3]["seconds"].get<double>(), idle_seconds, 1e-12);
}

TEST_F(BenchTest, RatiosAreOverOnnxRuntime) {
  if (!fs::exists(CXRNET_NODE_MODULES)) GTEST_SKIP() << "no ONNX Runtime; run scripts/peers";
  const auto outcome = run(std::string(kSmall) + "--precisions f32 --against onnxruntime " +
                           "--node-modules " CXRNET_NODE_MODULES);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto result = json::parse(outcome.out);
  double ours = 0.0;
  double theirs = 0.0;
  for (const auto& row : result["rows"]) {
    if (row["runtime"] == "cxrnet") ours = row["seconds"]["median"];
    if (row["runtime"] == "onnxruntime") theirs = row["seconds"]["median"];
  }
  ASSERT_GT(ours, 0.0);
  EXPECT_NEAR(result["ratios"]["fp32"], theirs / ours, 1e-6);
}

TEST_F(BenchTest, SaysThatAPeerIsNotThere) {
  const auto asked =
      run(std::string(kSmall) + "--against onnxruntime --node-modules /nowhere", "NODE_PATH=");
  EXPECT_EQ(asked.status, 3);
  EXPECT_NE(asked.err.find("ONNX Runtime: expected it to start"), std::string::npos);
  const auto unknown = run(std::string(kSmall) + "--against tensorrt");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("onnxruntime, pytorch or opencv"), std::string::npos);
}

}  // namespace
}  // namespace cxrnet::app
