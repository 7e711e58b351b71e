#include "framework/console.h"

#include <gtest/gtest.h>

#include <sstream>

namespace cxrnet::app {
namespace {

struct Streams {
  std::ostringstream out, err;
};

TEST(Console, DataAndMessagesGoToDifferentStreams) {
  Streams streams;
  Console console(streams.out, streams.err, {});
  console.print_line("data");
  console.message("working");
  console.warning("odd");
  console.error(ErrorCode::no_lungs, "none seen");
  EXPECT_EQ(streams.out.str(), "data\n");
  EXPECT_EQ(streams.err.str(),
            "working\ncxrnet: warning: odd\ncxrnet: error [no_lungs]: none seen\n");
}

TEST(Console, QuietKeepsWarningsAndErrors) {
  Streams streams;
  Console console(streams.out, streams.err, {.quiet = true});
  console.message("working");
  console.warning("odd");
  EXPECT_EQ(streams.err.str(), "cxrnet: warning: odd\n");
}

TEST(Console, ColoursOnlyWhereAllowed) {
  Streams streams;
  Console console(streams.out, streams.err, {.colour = true});
  console.error(ErrorCode::internal, "x");
  EXPECT_EQ(streams.err.str(), "cxrnet: \033[31merror\033[0m [internal]: x\n");
}

TEST(Console, TerminalsObeyNothingThatComesFromOutside) {
  const std::string name =
      "a\n\033]0;title\x07\xC2\x9B"
      "2J\xFF.png";
  const std::string shown = "a\\n\\x1b]0;title\\x07\\x9b2J\\xff.png";
  Streams streams;
  Console console(streams.out, streams.err, {.colour = true});
  console.refused(name, ErrorCode::not_found, "got '" + name + "'");
  console.not_written(name, ErrorCode::write_failed, name);
  console.warning(name);
  console.error(ErrorCode::internal, name);
  console.message(name);
  console.print_table({.header = {"image"}, .rows = {{name}}});
  EXPECT_EQ(streams.err.str(),
            "cxrnet: \033[31mrefused\033[0m [not_found] " + shown + ": got '" + shown +
                "'\ncxrnet: \033[31mnot written\033[0m [write_failed] " + shown + ": " + shown +
                "\ncxrnet: \033[33mwarning\033[0m: " + shown +
                "\ncxrnet: \033[31merror\033[0m [internal]: " + shown + "\n" + shown + "\n");
  EXPECT_EQ(streams.out.str(), "image\n" + std::string(shown.size(), '-') + "\n" + shown + "\n");
  Streams json;
  Console(json.out, json.err, {}).print_json({{"input", name}});
  EXPECT_EQ(json.out.str(),
            "{\n  \"input\": \"a\\n\\u001b]0;title\\u0007\\u009b2J\xEF\xBF\xBD.png\"\n}\n");
}

TEST(Console, DataThatCannotBeWrittenIsAnError) {
  Streams streams;
  Console console(streams.out, streams.err, {});
  streams.out.setstate(std::ios::badbit);
  EXPECT_THROW(console.print_line("data"), Error);
}

TEST(Console, JsonStaysValidForNamesThatAreNotUtf8) {
  Streams streams;
  Console console(streams.out, streams.err, {});
  console.print_json({{"input", "scan\xFF.png"}});
  EXPECT_TRUE(nlohmann::json::accept(streams.out.str()));
}

TEST(Table, AlignsTextLeftAndNumbersRight) {
  EXPECT_EQ(format_table({.header = {"label", "n", "share"},
                          .rows = {{"healthy", "12", "0.5"}, {"café", "7", "-"}}}),
            "label     n  share\n"
            "-------  --  -----\n"
            "healthy  12    0.5\n"
            "café      7      -\n");
}

TEST(Progress, ShowsRateTimeLeftAndLoss) {
  const Progress progress{
      .label = "epoch 1/2", .done = 50, .total = 200, .seconds = 2.0, .loss = 0.5};
  EXPECT_EQ(format_progress(progress, 8),
            "epoch 1/2 [##------] 50/200 images, 25.0 images/s, 0:06 left, loss 0.5000");
  EXPECT_EQ(format_progress({.label = "x", .done = 8, .total = 8, .seconds = 1e-7}, 0),
            "x 8/8 images");
  EXPECT_EQ(
      format_progress({.label = "x", .done = 1, .total = 3601, .seconds = 1.0, .unit = "files"}, 0),
      "x 1/3601 files, 1.0 files/s, 1:00:00 left");
}

TEST(Progress, RedrawsOneLineOnATerminalAndClearsItForAMessage) {
  Streams streams;
  Console console(streams.out, streams.err, {.terminal = true});
  {
    ProgressBar bar(console, "work", 2);
    bar.update(2);
    console.message("note");
    bar.update(2);
  }
  const std::string err = streams.err.str();
  EXPECT_EQ(err.substr(0, 9), "\r\033[Kwork ");
  EXPECT_NE(err.find("\r\033[Knote\n\r\033[Kwork "), std::string::npos) << err;
  EXPECT_EQ(err.back(), '\n');
}

TEST(Progress, WritesPlainLinesElsewhereAndNothingUnderQuiet) {
  Streams plain, quiet;
  Console console(plain.out, plain.err, {});
  Console silent(quiet.out, quiet.err, {.quiet = true});
  for (Console* each : {&console, &silent}) {
    ProgressBar bar(*each, "work", 2);
    bar.update(1);
    bar.update(2);
  }
  const std::string lines = plain.err.str();
  EXPECT_EQ(lines.find('\033'), std::string::npos);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'),
            1);  // the end; half a minute has not passed
  EXPECT_EQ(quiet.err.str(), "");
}

}  // namespace
}  // namespace cxrnet::app
