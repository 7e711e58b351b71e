// The program on lesser machines: older processors, one core, little memory.
#include "images_fixture.h"

namespace cxrnet::app {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

class MachinesTest : public ImagesTest {
 protected:
  // The answer of a machine on which `before` stands in front of the program.
  static json answer(const std::string& before, const std::string& more = "--threads 1") {
    const auto out = path("machine").string();
    fs::remove_all(out);
    const auto outcome =
        run("predict " + path("good.png").string() + " --model " +
                path("model.safetensors").string() + " --json " + more + " --out " + out,
            before);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.status == 0 ? json::parse(outcome.out) : json();
  }

  static void expect_same(const json& actual, const json& expected) {
    ASSERT_TRUE(actual.contains("images"));
    const auto& image = actual["images"][0];
    const auto& other = expected["images"][0];
    EXPECT_EQ(image["label"], other["label"]);
    EXPECT_EQ(image["flags"], other["flags"]);
    for (const auto& [label, probability] : other["probabilities"].items())
      EXPECT_NEAR(image["probabilities"][label].get<double>(), probability.get<double>(), 1e-4);
  }
};

TEST_F(MachinesTest, OlderProcessorsAnswerTheSame) {
  const auto expected = answer("");
  for (const auto* isa : {"SSE41", "AVX2", "AVX512_CORE", "AVX512_CORE_VNNI"}) {
    SCOPED_TRACE(isa);
    expect_same(answer(std::string("CXRNET_MAX_CPU_ISA=") + isa), expected);
  }
}

TEST_F(MachinesTest, APrecisionThatTheProcessorLacksIsRefusedAndNotTried) {
  auto outcome = run(predict(path("good.png").string() + " --precision bf16", "lacking"),
                     "CXRNET_MAX_CPU_ISA=AVX2");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("error [invalid_option]: precision: "), std::string::npos)
      << outcome.err;
  ASSERT_EQ(run("phantom --count 8 --size 96 --out " + path("many").string()).status, 0);
  outcome = run(predict(path("many/images").string() + " --precision auto", "automatic"),
                "CXRNET_MAX_CPU_ISA=AVX2");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("this processor has no kernels for it"), std::string::npos)
      << outcome.err;
}

TEST_F(MachinesTest, TrainingTellsOfASlowPrecisionAndRefusesOneThatItCannotHave) {
  ASSERT_EQ(run("phantom --count 2 --size 64 --out " + path("phantoms").string()).status, 0);
  ASSERT_EQ(run("prepare " + path("phantoms/manifest.csv").string() +
                " --size 64 --arm original --masks annotated --out " + path("shards").string())
                .status,
            0);
  const auto training = "train " + path("shards").string() +
                        " --network segmenter --base-width 2 --levels 2 --epochs 1 --threads 1"
                        " --validation-fraction 0.5 --out ";
  auto outcome = run(training + path("slow").string(), "CXRNET_MAX_CPU_ISA=AVX512_CORE");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("--precision f32 trains faster"), std::string::npos) << outcome.err;
  outcome = run(training + path("limited").string(), "CXRNET_MAX_CPU_ISA=AVX2");
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_NE(outcome.err.find("precision: expected f32"), std::string::npos) << outcome.err;
  outcome = run(training + path("f32").string() + " --precision f32", "CXRNET_MAX_CPU_ISA=AVX2");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err.find("trains faster"), std::string::npos) << outcome.err;
}

TEST_F(MachinesTest, ManyThreadsOnFewCoresAnswerTheSame) {
  const auto expected = answer("");
  expect_same(answer("", "--threads 64"), expected);
  expect_same(answer("", "--threads 64 --workers 64"), expected);
  expect_same(answer("taskset -c $(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')", "--threads 64"),
              expected);
}

// Limits from where the program begins to where all is well. What fails in between fails in
// libtorch, OpenBLAS, oneDNN or OpenCV, each in another way.
TEST_F(MachinesTest, LittleMemoryIsAnErrorAndNothingIsHalfWritten) {
  if (kSanitized) GTEST_SKIP() << "sanitizers need more addresses than any limit leaves";
  int refused = 0, answered = 0;
  for (int megabytes = 500; megabytes <= 3000; megabytes += 50) {
    SCOPED_TRACE(megabytes);
    const auto limited = "ulimit -c 0; ulimit -v " + std::to_string(1024 * megabytes) +
                         "; OPENBLAS_NUM_THREADS=1 timeout -s KILL 60";
    if (run("--version", limited).status != 0) continue;
    const auto out = path("little_memory");
    fs::remove_all(out);
    const auto outcome = run(predict(path("good.png").string(), "little_memory"), limited);
    if (outcome.status == 0) {
      if (++answered == 3) break;
      continue;
    }
    ++refused;
    EXPECT_TRUE(outcome.status == 1 || outcome.status == 3) << outcome.status;
    EXPECT_NE(outcome.err.find("[out_of_memory]"), std::string::npos) << outcome.err;
    if (!fs::exists(out)) continue;
    EXPECT_FALSE(fs::exists(out / "good.overlay.png"));
    EXPECT_EQ(fs::exists(out / "predictions.json"), outcome.status == 3);
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(answered, 0);
}

}  // namespace
}  // namespace cxrnet::app
