// What a signal does to a run that waits: for a pipe into which nobody writes, as for a disk that
// is gone.
#include <sys/stat.h>

#include "test/images_fixture.h"
#include "test/program_run.h"

namespace cxrnet::app {
namespace {

class SignalsTest : public ImagesTest {
 protected:
  static void SetUpTestSuite() {
    ImagesTest::SetUpTestSuite();
    ASSERT_EQ(::mkfifo(pipe().c_str(), 0600), 0);
    for (const char* name : {"first.png", "last.png"}) fs::copy_file(path("good.png"), path(name));
    folder_->write("rows.csv",
                   "image_id,path,label,patient_id\na,first.png,healthy,p1\nb,pipe,viral,p2\n"
                   "c,last.png,viral,p3\n");
  }

  static fs::path pipe() { return path("pipe"); }

  static std::string three_inputs() {
    return path("first.png").string() + " " + pipe().string() + " " + path("last.png").string();
  }

  static std::string model() { return " --model " + path("model.safetensors").string(); }

  // Waits until the program has opened the pipe; then it waits for what is written.
  class Writer {
   public:
    Writer() : descriptor_(::open(pipe().c_str(), O_WRONLY | O_CLOEXEC)) {}
    ~Writer() { ::close(descriptor_); }

   private:
    int descriptor_;
  };
};

TEST_F(SignalsTest, TheFirstEndsAWaitInOrderAndTheResultSaysWhatIsMissing) {
  const auto out = [](const std::string& name) { return " --out " + path(name).string(); };
  const json inputs{pipe().string(), path("last.png").string()};
  const json lines{"manifest line 3", "manifest line 4"};
  const struct {
    const char* name;
    std::string arguments;
    int signal;
    json unprocessed;
    const char* done;  // the list of what was done, or its count
    const char* file;  // that holds the same; "": standard output alone
  } rows[] = {
      {"predict", "predict " + three_inputs() + model() + " --workers 1 --batch 1 --threads 1",
       SIGINT, inputs, "images", "predictions.json"},
      {"explain", "explain " + three_inputs() + model() + " --method saliency --threads 1", SIGTERM,
       inputs, "images", "explanations.json"},
      {"segment", "segment " + three_inputs() + model() + " --threads 1", SIGHUP, inputs, "images",
       ""},
      {"enhance", "enhance " + three_inputs(), SIGINT, inputs, "images", ""},
      {"evaluate", "evaluate --data " + path("rows.csv").string() + model() + " --threads 1",
       SIGTERM, lines, "n", "evaluation.json"},
      {"prepare", "prepare " + path("rows.csv").string() + " --size 64 --arm original", SIGHUP,
       lines, "images", ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    ProgramRun program(row.arguments + out(row.name) + " --json");
    const Writer writer;
    program.signal(row.signal);
    EXPECT_EQ(program.finish(), 128 + row.signal) << program.messages();
    const auto result = json::parse(program.out(), nullptr, false);
    ASSERT_TRUE(result.is_object()) << program.messages();
    EXPECT_EQ(result["complete"], false);
    EXPECT_EQ(result["unprocessed"], row.unprocessed);
    EXPECT_EQ(result["refused"], json::array());
    const auto& done = result[row.done];
    EXPECT_EQ(done.is_array() ? done.size() : done.get<std::size_t>(), 1U);
    if (*row.file != '\0') {
      EXPECT_EQ(json::parse(read_text(path(row.name) / row.file)), result);
    }
    EXPECT_FALSE(fs::exists(path(row.name) / "dataset.json"));
  }
}

TEST_F(SignalsTest, WhatIsWholeSaysSo) {
  for (const char* verb : {"predict", "segment"}) {
    const auto outcome =
        run(std::string(verb) + " " + path("first.png").string() + " " + path("none.png").string() +
            model() + " --threads 1 --json --out " + path(std::string("whole-") + verb).string());
    EXPECT_EQ(outcome.status, 4) << outcome.err;
    const auto result = json::parse(outcome.out);
    EXPECT_EQ(result["complete"], true);  // what was refused was worked on
    EXPECT_EQ(result["unprocessed"], json::array());
  }
}

TEST_F(SignalsTest, AListFromAStandardInputThatNeverEndsIsLeft) {
  const int watch = ::inotify_init1(IN_CLOEXEC);
  ASSERT_GE(::inotify_add_watch(watch, path("").c_str(), IN_CREATE), 0);
  ProgramRun program("enhance @/dev/stdin --json --out " + path("stdin").string() + " <" +
                     pipe().string());
  const Writer writer;  // which the shell waits for; the program makes its folder, then reads
  ASSERT_TRUE(program.until_event(watch)) << program.messages();
  ::close(watch);
  program.signal(SIGINT);
  EXPECT_EQ(program.finish(), 128 + SIGINT) << program.messages();
  const auto result = json::parse(program.out());
  EXPECT_EQ(result["complete"], false);
  EXPECT_EQ(result["unprocessed"], json::array({"@/dev/stdin"}));
}

TEST_F(SignalsTest, ASecondEndsAtOnceAndLeavesNoHalfWrittenFile) {
  ProgramRun program("predict " + three_inputs() + model() +
                     " --workers 1 --batch 1 --threads 1 --json --out " + path("twice").string());
  const Writer writer;
  program.signal(SIGINT);
  program.signal(SIGTERM);
  const int status = program.finish();  // whichever of the two the kernel hands over last
  EXPECT_TRUE(status == 128 + SIGINT || status == 128 + SIGTERM) << status << program.messages();
  EXPECT_EQ(program.out(), "");
  for (const auto& name : names(path("twice"))) {
    EXPECT_EQ(name.find(".part"), std::string::npos) << name;
    EXPECT_NE(name, "predictions.json");
  }
}

TEST_F(SignalsTest, AHangUpThatIsIgnoredStaysSo) {
  ProgramRun program("enhance " + three_inputs() + " --json --out " + path("nohup").string(),
                     "trap '' HUP;");
  const Writer writer;
  program.signal(SIGHUP);
  program.signal(SIGTERM);
  EXPECT_EQ(program.finish(), 128 + SIGTERM) << program.messages();
  EXPECT_EQ(json::parse(program.out())["complete"], false);  // by the first one that counts
}

TEST_F(SignalsTest, ACardTakesNoEvaluationThatWasCutOff) {
  folder_->write("cut/evaluation.json", R"({"schema": "cxrnet.evaluate/1", "complete": false})");
  const auto outcome =
      run("card " + path("model.safetensors").string() + " --data " + path("rows.csv").string() +
          " --evaluations Test=" + path("cut").string());
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_NE(outcome.err.find("cut off; run evaluate again"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace cxrnet::app
