// Every machine-readable output says whose answer it is, what limits it has and for whom it holds.
#include "test/images_fixture.h"

namespace cxrnet::app {
namespace {

constexpr const char* kLimits = "Phantoms alone; says nothing of patients.";
constexpr const char* kPopulation = "Eight rendered chests";

class WhoseAnswerTest : public ImagesTest {
 protected:
  static void SetUpTestSuite() {
    ImagesTest::SetUpTestSuite();
    auto model = nn::load_model(path("model.safetensors"));
    model.card = {{"limits", kLimits}, {"population", kPopulation}};
    nn::save_model(path("stated.safetensors"), model);
    fs::copy_file(path("good.png"), path("other.png"));
    folder_->write("rows.csv",
                   "image_id,path,label,patient_id,group_split\n"
                   "a,good.png,healthy,p1,test\nb,other.png,viral,p2,train\n");
  }

  static std::string model() { return path("stated.safetensors").string(); }
  static std::string out(const std::string& name) { return " --out " + path(name).string(); }

  static json result_of(const std::string& arguments) {
    const auto outcome = run(arguments + " --json");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse(outcome.out, nullptr, false);
  }

  static void expect_stated(const json& identity, const std::string& file) {
    EXPECT_EQ(identity.value("name", ""), "small");
    EXPECT_EQ(identity.value("limits", ""), kLimits);
    EXPECT_EQ(identity.value("population", ""), kPopulation);
    const auto sum = path("sum").string();  // by another program
    EXPECT_EQ(std::system(("sha256sum " + file + " >" + sum).c_str()), 0);
    EXPECT_EQ(identity.value("sha256", "-"), read_text(sum).substr(0, 64));
  }
};

TEST_F(WhoseAnswerTest, InEveryJson) {
  const std::string with_model = " --model " + model() + " --threads 1";
  const auto good = path("good.png").string();
  const auto rows = path("rows.csv").string();
  const struct {
    const char* verb;
    std::string arguments;
    std::string file;  // whose digest it is
  } verbs[] = {
      {"predict", "predict " + good + with_model + out("predicted"), model()},
      {"explain", "explain " + good + with_model + " --method saliency" + out("explained"),
       model()},
      {"segment", "segment " + good + with_model + out("segmented"), model()},
      {"evaluate", "evaluate --data " + rows + with_model + out("evaluated"), model()},
      {"calibrate", "calibrate --data " + rows + with_model + out("calibrated.safetensors"),
       path("calibrated.safetensors").string()},
      {"export", "export --model " + model() + out("x.onnx"), model()},
      {"info", "info " + model(), model()},
      {"card", "card " + model() + " --data " + rows + out("card.md"), model()},
  };
  for (const auto& verb : verbs) {
    SCOPED_TRACE(verb.verb);
    const auto result = result_of(verb.arguments);
    ASSERT_TRUE(result.is_object());
    expect_stated(result["model"], verb.file);
    EXPECT_NE(result.value("notice", "").find("Research use only"), std::string::npos);
    if (std::string(verb.verb) == "predict")
      expect_stated(result["images"].at(0)["model"], model());
  }
}

TEST_F(WhoseAnswerTest, InExportedFilesAndOnPages) {
  const auto good = path("good.png").string();
  ASSERT_EQ(run("export --format torchscript --model " + model() + out("y.pt")).status, 0);
  ASSERT_EQ(run("export --format onnx --model " + model() + out("y.onnx")).status, 0);
  ASSERT_EQ(run("predict " + good + " --threads 1 --model " + model() + out("page") + " --report " +
                path("page.html").string())
                .status,
            0);
  ASSERT_EQ(run("evaluate --data " + path("rows.csv").string() + " --threads 1 --model " + model() +
                out("measured"))
                .status,
            0);
  ASSERT_EQ(run("card " + model() + " --data " + path("rows.csv").string() + out("page.md")).status,
            0);
  for (const char* file : {"y.pt", "y.onnx", "page.html", "measured/report.html", "page.md"}) {
    const auto bytes = read_text(path(file));
    for (const char* text : {kLimits, kPopulation})
      EXPECT_NE(bytes.find(text), std::string::npos) << file << ": " << text;
  }
}

}  // namespace
}  // namespace cxrnet::app
