// The verb train as a user runs it: what lies in --out, what ends a run, how it goes on.
#include "test/images_fixture.h"
#include "test/program_run.h"

namespace cxrnet::app {
namespace {

class TrainTest : public ImagesTest {
 protected:
  static void SetUpTestSuite() {
    ImagesTest::SetUpTestSuite();
    for (const char* seed : {"0", "50"}) {
      const auto phantoms = path(std::string("phantoms-") + seed).string();
      ASSERT_EQ(run("phantom --count 3 --size 64 --seed " + std::string(seed) + " --out " +
                    phantoms + " --quiet")
                    .status,
                0);
      ASSERT_EQ(run("prepare " + phantoms + "/manifest.csv --size 64 --arm original --masks " +
                    "annotated --quiet --out " + shards(seed))
                    .status,
                0);
    }
  }

  static std::string shards(const std::string& seed = "0") {
    return path("shards-" + seed).string();
  }

  // A run of 12 epochs that takes about a second.
  static std::string training(const std::string& out, const std::string& more = "",
                              const std::string& data = shards()) {
    return "train " + data +
           " --network segmenter --base-width 2 --levels 2 --epochs 12 --batch-size 4"
           " --precision f32 --validation-fraction 0.5 --workers 0 --device cpu --threads 1 --json"
           " --out " +
           path(out).string() + " " + more;
  }

  // What one uninterrupted run makes.
  static const std::map<std::string, std::string>& whole() {
    static const auto files = [] {
      EXPECT_EQ(run(training("whole")).status, 0);
      return contents(path("whole"));
    }();
    return files;
  }

  static void expect_as_whole(const std::string& out) {
    EXPECT_TRUE(read_text(path(out) / "model.safetensors") == whole().at("model.safetensors"));
    EXPECT_EQ(epochs_of(read_text(path(out) / "epochs.csv")), epochs_of(whole().at("epochs.csv")));
  }

  // The first column: each epoch once.
  static std::vector<std::string> epochs_of(const std::string& csv) {
    std::vector<std::string> epochs;
    std::istringstream rows(csv);
    for (std::string row; std::getline(rows, row);) epochs.push_back(row.substr(0, row.find(',')));
    return epochs;
  }
};

TEST_F(TrainTest, ARunThatLiesThereIsNeverTouchedUnlessThatWasSaid) {
  const auto begun = run(training("lies", "--stop-after 1"));
  ASSERT_EQ(begun.status, 0) << begun.err;
  const auto paused = json::parse(begun.out);
  EXPECT_EQ(paused["complete"], false);
  EXPECT_TRUE(paused["model"].is_null());
  const auto before = contents(path("lies"));
  const struct {
    const char* name;
    std::string arguments;
    int status;
    const char* message;
  } rows[] = {
      {"nothing said", training("lies"), 2,
       "go on with it by --resume, throw it away by --restart"},
      {"both said", training("lies", "--resume --restart"), 2, "give one of them"},
      {"another option", training("lies", "--resume --learning-rate 0.5"), 2,
       "learning-rate was 0.001, is 0.5"},
      {"another network", training("lies", "--resume --dice-term linear"), 2, "dice"},
      {"another seed", training("lies", "--resume --seed 3"), 2, "seed was 0, is 3"},
      {"another side", training("lies", "--resume --split-column ''"), 2, "sides was"},
      {"other data", training("lies", "--resume", shards("50")), 2, "data was"},
      {"another start",
       training("lies", "--resume --initial-model " + path("model.safetensors").string()), 2,
       "initial-model"},
      {"a restart that cannot be", training("lies", "--restart --epochs 0"), 2, "epochs"},
      {"a restart without data", training("lies", "--restart", path("none").string()), 3,
       "not_found"},
  };
  for (const auto& row : rows) {
    const auto outcome = run(row.arguments);
    EXPECT_EQ(outcome.status, row.status) << row.name << ": " << outcome.err;
    EXPECT_NE(outcome.err.find(row.message), std::string::npos) << row.name << ": " << outcome.err;
    EXPECT_EQ(contents(path("lies")) == before, true) << row.name;
  }
  EXPECT_EQ(run(training("lies", "--resume --quiet")).status, 0);  // how it is run
  expect_as_whole("lies");
  EXPECT_EQ(run(training("lies")).status, 2);  // a finished run is a run
  const auto again = run(training("lies", "--resume"));
  ASSERT_EQ(again.status, 0) << again.err;
  expect_as_whole("lies");
  folder_->write("lies/notes.txt", "mine");
  const auto anew = run(training("lies", "--restart --seed 3 --stop-after 1"));
  ASSERT_EQ(anew.status, 0) << anew.err;
  EXPECT_FALSE(fs::exists(path("lies/model.safetensors")));
  EXPECT_EQ(read_text(path("lies/notes.txt")), "mine");
}

TEST_F(TrainTest, AllIsCheckedBeforeAnythingIsWritten) {
  const struct {
    const char* name;
    std::string arguments, before;
    const char* message;
  } rows[] = {
      {"an option", training("never", "--equal-average-from 0.5 --average-decay 0"), "",
       "average-decay"},
      {"the start", training("never", "--initial-model " + shards() + "/dataset.json"), "",
       "corrupt_model"},
      {"a split", training("never", "--split-column none"), "", "not_found"},
      {"nothing to resume", training("never", "--resume"), "", "not_found"},
      {"a limit on files", training("never"), "ulimit -f 8;", "disk_full"},
      {"a file in the way", training("good.png/never"), "", "write_failed"},
  };
  for (const auto& row : rows) {
    const auto outcome = run(row.arguments, row.before);
    EXPECT_NE(outcome.status, 0) << row.name;
    EXPECT_NE(outcome.err.find(row.message), std::string::npos) << row.name << ": " << outcome.err;
    EXPECT_FALSE(fs::exists(path("never"))) << row.name;
  }
}

TEST_F(TrainTest, TellsTheModelAndItsPopulation) {
  const auto outcome =
      run(training("told", "--limits 'Phantoms alone.' --population 'Twelve phantoms'"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto result = json::parse(outcome.out);
  EXPECT_EQ(result["complete"], true);
  EXPECT_EQ(result["model"]["limits"], "Phantoms alone.");
  EXPECT_EQ(result["model"]["population"], "Twelve phantoms");
  EXPECT_EQ(result["model"]["sha256"].get<std::string>().size(), 64U);
}

// Killed again and again, each time a little later: within the writing of every file there is.
TEST_F(TrainTest, AKilledRunGoesOnToTheSameModel) {
  whole();
  fs::create_directories(path("killed"));
  const int watch = ::inotify_init1(IN_CLOEXEC);
  ASSERT_GE(::inotify_add_watch(watch, path("killed").c_str(), IN_CREATE | IN_MOVED_TO), 0);
  int killed = 0;
  for (int events = 1; events <= 14; ++events) {
    const bool begun = fs::exists(path("killed/last.safetensors"));
    ProgramRun program(training("killed", begun ? "--resume" : ""));
    int seen = 0;
    while (seen < events && program.until_event(watch)) ++seen;
    program.signal(SIGKILL);
    const int status = program.finish();
    if (status == 128 + SIGKILL) ++killed;
    ASSERT_TRUE(status == 128 + SIGKILL || status == 0) << program.messages();
  }
  ::close(watch);
  EXPECT_GE(killed, 10);
  const auto outcome = run(training("killed", "--resume"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  expect_as_whole("killed");
}

TEST_F(TrainTest, ASignalSavesTheRunAndSaysThatItIsNotComplete) {
  whole();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const auto name = "signal-" + std::to_string(signal);
    ProgramRun program(training(name));
    ASSERT_TRUE(program.says("epoch 1/12: ")) << program.messages();
    program.signal(signal);
    EXPECT_EQ(program.finish(), 128 + signal);
    const auto result = json::parse(program.out());
    EXPECT_EQ(result["complete"], false);
    EXPECT_FALSE(fs::exists(path(name) / "model.safetensors"));
    EXPECT_EQ(run(training(name, "--resume")).status, 0);
    expect_as_whole(name);
  }
}

}  // namespace
}  // namespace cxrnet::app
