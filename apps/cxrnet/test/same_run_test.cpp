// A configuration that was saved beside results, given back to the same verb, makes the same
// results.
#include "test/images_fixture.h"

namespace cxrnet::app {
namespace {

class SameRunTest : public ImagesTest {
 protected:
  static void SetUpTestSuite() {
    ImagesTest::SetUpTestSuite();
    EXPECT_EQ(run("phantom --count 3 --size 96 --test-fraction 0.34 --seed 5 --out " +
                  path("phantoms").string())
                  .status,
              0);
    EXPECT_EQ(run("prepare " + manifest() + " --size 64 --arm original --masks annotated --out " +
                  path("shards").string())
                  .status,
              0);
  }

  static std::string manifest() { return path("phantoms/manifest.csv").string(); }
  static std::string model() { return " --model " + path("model.safetensors").string(); }
};

struct Verb {
  const char* name;
  std::string positionals, options;
  const char* out = "";     // what --out ends in
  const char* config = "";  // where the configuration lies; "": in the folder
};

TEST_F(SameRunTest, OfEveryVerbThatSavesItsConfiguration) {
  fs::create_directories(path("by-class/normal"));
  fs::create_directories(path("by-class/covid19"));
  fs::copy_file(path("good.png"), path("by-class/normal/a.png"));
  fs::copy_file(path("good.png"), path("by-class/covid19/b.png"));
  const auto good = path("good.png").string();
  const std::vector<Verb> verbs{
      {"enhance", good, "--clip-limit 3.3 --tiles 5"},
      {"segment", good, "--no-outline --threads 1" + model()},
      {"explain", good,
       "--method rise,saliency --class viral --seed 3 --rise-masks 20 --threads 1" + model()},
      {"predict", good, "--precision f32 --workers 1 --threads 1" + model()},
      {"phantom", "", "--count 2 --findings viral,healthy --size 64 --seed 8"},
      {"prepare", manifest(),
       "--size 80 --arm original --masks annotated --side train --threads 1"},
      {"evaluate", "",
       "--data " + manifest() + " --split test --resamples 30 --threads 1" + model()},
      {"calibrate", "", "--data " + manifest() + " --images 3 --threads 1" + model(),
       "/calibrated.safetensors", "/calibrated.config.toml"},
      {"export", "", "--size 96 --format onnx" + model(), "/x.onnx", "/x.config.toml"},
      {"import", "folder " + path("by-class").string(), "", "/manifest.csv",
       "/manifest.config.toml"},
      {"train", path("shards").string(),
       "--network segmenter --base-width 2 --levels 2 --epochs 2 --batch-size 4 --precision f32"
       " --validation-fraction 0.5 --learning-rate 0.003 --seed 9 --threads 1"},
  };
  for (const auto& verb : verbs) {
    SCOPED_TRACE(verb.name);
    const std::string name = verb.name;
    const auto first = path(name + "-1"), second = path(name + "-2");
    fs::create_directories(first);
    fs::create_directories(second);
    const auto command = name + " " + verb.positionals + " --quiet";
    auto outcome = run(command + " " + verb.options + " --out " + first.string() + verb.out);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto config = first.string() + (*verb.config == '\0' ? "/config.toml" : verb.config);
    outcome = run(command + " --config " + config + " --out " + second.string() + verb.out);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    auto expected = contents(first), actual = contents(second);
    for (auto* files : {&expected, &actual}) {  // which hold times
      std::erase_if(*files, [](const auto& file) {
        return file.first.rfind("events.", 0) == 0 || file.first == "epochs.csv";
      });
    }
    ASSERT_GE(expected.size(), 2U);
    for (const auto& [file, bytes] : expected)
      EXPECT_EQ(actual[file] == bytes, true) << file << " differs";
    EXPECT_EQ(actual.size(), expected.size());
  }
}

}  // namespace
}  // namespace cxrnet::app
