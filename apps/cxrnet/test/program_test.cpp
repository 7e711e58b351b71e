#include "framework/program.h"

#include <gtest/gtest.h>

#include <new>
#include <sstream>

#include "test/example_options.h"
#include "test/temporary_folder.h"

namespace cxrnet::app {
namespace {

using nlohmann::json;

// Shows what reached the verb, and fails as its note asks for.
ExitStatus run_example(const ExampleOptions& options, Context& context) {
  if (options.note == "corrupt")
    throw Error(ErrorCode::corrupt_image, "png: expected data, got none; send it again");
  if (options.note == "disk")
    throw Error(ErrorCode::disk_full, "output: expected space, got none; free some");
  if (options.note == "nan") throw Error(ErrorCode::diverged, "loss: expected a number, got NaN");
  if (options.note == "memory") throw std::bad_alloc();
  if (options.note == "library") throw std::runtime_error("bad things\nbacktrace");
  if (options.note == "unknown") throw 3;
  if (options.note == "some") return ExitStatus::some_inputs_refused;
  if (!context.common.out.empty()) context.save_configuration(context.create_out_folder());
  json shown = options_to_json(options);
  shown["common_seed"] = context.common.seed;
  shown["inputs"] = context.arguments("INPUT");
  context.console.print_json(shown);
  context.console.message("finished");
  return ExitStatus::all_done;
}

ExampleOptions example_defaults(const json& given) {
  ExampleOptions options;
  if (given.value("shape", "round") == "square") options.count = 4;
  return options;
}

std::vector<Command> commands() {
  return {make_command<ExampleOptions>(
              {.verb = "draw",
               .group = "Examples",
               .summary = "draw a shape",
               .example = "cxrnet draw a --count 2",
               .positionals = {{.name = "INPUT", .help = "x", .required = false, .many = true}},
               .uses = {.json = true, .seed = true, .out = "folder"}},
              run_example, example_defaults),
          make_command<NoOptions>(
              {.verb = "keep",
               .group = "Examples",
               .summary = "keep it",
               .example = "cxrnet keep one --out x",
               .positionals = {{.name = "KIND", .help = "x", .choices = {"one", "two"}}},
               .uses = {.out = "a folder", .out_required = true}},
              [](const NoOptions&, Context&) { return ExitStatus::all_done; })};
}

struct Outcome {
  int status;
  std::string out, err;
};

Outcome run(const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  Console console(out, err, {});
  const int status = run_program(commands, arguments, console);
  return {status, out.str(), err.str()};
}

struct StatusCase {
  const char* name;
  std::vector<std::string> arguments;
  int status;
  const char* error;  // what stderr begins with
};

class ProgramStatus : public testing::TestWithParam<StatusCase> {};

TEST_P(ProgramStatus, AndMessage) {
  const auto outcome = run(GetParam().arguments);
  EXPECT_EQ(outcome.status, GetParam().status);
  EXPECT_EQ(outcome.err.substr(0, std::string(GetParam().error).size()), GetParam().error);
  if (GetParam().status != 0) {
    EXPECT_EQ(outcome.out, "");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ProgramStatus,
    testing::Values(
        StatusCase{"all_done", {"draw"}, 0, "finished\n"},
        StatusCase{"some_refused", {"draw", "--note", "some"}, 4, ""},
        StatusCase{"every_input_refused",
                   {"draw", "--note", "corrupt"},
                   3,
                   "cxrnet: error [corrupt_image]: png: "},
        StatusCase{
            "full_disk", {"draw", "--note", "disk"}, 1, "cxrnet: error [disk_full]: output: "},
        StatusCase{"diverged", {"draw", "--note", "nan"}, 1, "cxrnet: error [diverged]: loss: "},
        StatusCase{
            "memory", {"draw", "--note", "memory"}, 1, "cxrnet: error [out_of_memory]: memory: "},
        StatusCase{"library_first_line",
                   {"draw", "--note", "library"},
                   1,
                   "cxrnet: error [internal]: bad things\n"},
        StatusCase{"unknown_exception",
                   {"draw", "--note", "unknown"},
                   1,
                   "cxrnet: error [internal]: unknown failure"},
        StatusCase{"no_verb",
                   {},
                   2,
                   "cxrnet: error [invalid_option]: verb: expected one of draw, keep, got nothing"},
        StatusCase{"bad_verb",
                   {"drow"},
                   2,
                   "cxrnet: error [invalid_option]: verb: expected one of draw, keep, got 'drow'"},
        StatusCase{"bad_option",
                   {"draw", "--size", "2"},
                   2,
                   "cxrnet: error [invalid_option]: command line: "},
        StatusCase{"missing_value",
                   {"draw", "--count"},
                   2,
                   "cxrnet: error [invalid_option]: command line: "},
        StatusCase{"bad_value",
                   {"draw", "--count", "0"},
                   2,
                   "cxrnet: error [invalid_option]: count: expected a whole"},
        StatusCase{"missing_positional",
                   {"keep", "--out", "x"},
                   2,
                   "cxrnet: error [invalid_option]: command line: KIND"},
        StatusCase{"bad_choice",
                   {"keep", "six", "--out", "x"},
                   2,
                   "cxrnet: error [invalid_option]: KIND: expected one of"},
        StatusCase{"missing_out",
                   {"keep", "one"},
                   2,
                   "cxrnet: error [invalid_option]: out: expected a folder, got nothing"},
        StatusCase{"missing_config",
                   {"draw", "--config", "/nowhere"},
                   3,
                   "cxrnet: error [not_found]: --config /nowhere: file: "}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Program, CommandLineWinsOverConfigOverDefaultsOfAPreset) {
  const TemporaryFolder folder;
  const auto config =
      folder.write("c.toml", "seed = 5\nshape = 'square'\n[draw]\nrate = 0.25\nnote = 'file'\n");
  const auto outcome = run({"draw", "a", "b", "--config", config.string(), "--note", "line"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto shown = json::parse(outcome.out);
  EXPECT_EQ(shown["note"], "line");
  EXPECT_EQ(shown["rate"], 0.25);
  EXPECT_EQ(shown["count"], 4);  // what example_defaults takes for a square
  EXPECT_EQ(shown["common_seed"], 5);
  EXPECT_EQ(shown["inputs"], json({"a", "b"}));
}

TEST(Program, SavedConfigurationGivesTheSameRun) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "results/deep").string();
  const auto first = run({"draw", "--count", "7", "--seed", "11", "--tags", "x,y", "--out", out});
  ASSERT_EQ(first.status, 0) << first.err;
  const auto again = run({"draw", "--config", out + "/config.toml"});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(first.out, again.out);
}

TEST(Program, QuietKeepsData) {
  const auto outcome = run({"draw", "--quiet"});
  EXPECT_EQ(outcome.err, "");
  EXPECT_NE(outcome.out, "");
}

TEST(Program, OutThatIsAFileIsAWriteError) {
  const TemporaryFolder folder;
  const auto outcome = run({"draw", "--out", folder.write("file", "x").string()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("[write_failed]"), std::string::npos) << outcome.err;
}

TEST(Program, HelpOfAVerbHasItsExampleAndTheCommonOptionsItUses) {
  const auto outcome = run({"draw", "--help"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  for (const char* expected :
       {"cxrnet draw a --count 2", "--seed", "--json", "--quiet", "--config", "[INPUT...]"}) {
    EXPECT_NE(outcome.out.find(expected), std::string::npos) << expected << " is not in\n"
                                                             << outcome.out;
  }
  EXPECT_EQ(outcome.out.find("--threads"), std::string::npos);
  EXPECT_EQ(outcome.out.find("--overwrite"), std::string::npos);
}

TEST(Program, HelpTellsWhatIsComputedFromHowItIsRun) {
  const auto help = run({"draw", "--help"}).out;
  const auto how = help.find("How it is run");
  ASSERT_NE(how, std::string::npos) << help;
  for (const char* option : {"--count", "--note", "--seed"}) EXPECT_LT(help.find(option), how);
  for (const char* option : {"--out", "--json", "--quiet", "--config"})
    EXPECT_GT(help.find(option), how) << option;
}

}  // namespace
}  // namespace cxrnet::app
