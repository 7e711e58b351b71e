// Completion and manual page: nothing that the program takes is missing from them.
#include <gtest/gtest.h>

#include "commands/commands.h"
#include "framework/command_line.h"
#include "framework/completion.h"
#include "framework/man_page.h"

namespace cxrnet::app {
namespace {

// Walks the CLI11 tree, not the field tables: an option that bypassed the tables would show up
// here.
std::vector<std::pair<std::string, std::string>> every_option() {
  std::vector<std::pair<std::string, std::string>> found;
  const auto app = build_command_line(all_commands());
  for (const CLI::App* verb : app->get_subcommands({})) {
    for (const CLI::Option* option : verb->get_options()) {
      for (const auto& name : option->get_lnames()) found.emplace_back(verb->get_name(), name);
    }
  }
  return found;
}

// The part of `text` from `start` to the next `end`.
std::string part(const std::string& text, const std::string& start, const std::string& end) {
  const auto first = text.find(start);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find(end, first + start.size()) - first);
}

std::string roff_name(const std::string& name) {
  std::string escaped;
  for (const char letter : "--" + name) escaped += letter == '-' ? "\\-" : std::string(1, letter);
  return "\\fB" + escaped + "\\fR";
}

TEST(GeneratedText, EveryVerbHasASummaryAndAnExampleOfItself) {
  for (const auto& command : all_commands()) {
    EXPECT_FALSE(command.info.summary.empty()) << command.info.verb;
    EXPECT_EQ(command.info.example.find("cxrnet " + command.info.verb), 0U) << command.info.verb;
  }
}

TEST(GeneratedText, EveryOptionStandsInEachCompletionScript) {
  const std::string bash = completion_script("bash", all_commands());
  const std::string zsh = completion_script("zsh", all_commands());
  const std::string fish = completion_script("fish", all_commands());
  ASSERT_GT(every_option().size(), 30U);
  for (const auto& [verb, name] : every_option()) {
    EXPECT_NE(part(bash, "\n    " + verb + ")\n", "\n      words=").find("--" + name),
              std::string::npos)
        << verb << name;
    EXPECT_NE(part(zsh, "\n        " + verb + ")\n", ";;\n").find("--" + name + "["),
              std::string::npos)
        << verb << name;
    if (name == "help") continue;  // fish completes it by itself
    EXPECT_NE(fish.find("__fish_seen_subcommand_from " + verb + "' -l " + name + " "),
              std::string::npos)
        << verb << name;
  }
}

TEST(GeneratedText, EveryOptionStandsInTheManualPage) {
  const std::string page = man_page(all_commands());
  for (const auto& [verb, name] : every_option()) {
    if (name == "help") {
      EXPECT_NE(page.find(roff_name(name)), std::string::npos);
    } else {
      EXPECT_NE(part(page, ".SS " + verb + "\n", "\n.SS ").find(roff_name(name)), std::string::npos)
          << verb << name;
    }
  }
}

TEST(GeneratedText, ChoicesAreCompleted) {
  EXPECT_NE(completion_script("bash", all_commands())
                .find("--architecture) COMPREPLY=($(compgen -W 'alexnet vgg16"),
            std::string::npos);
}

TEST(GeneratedText, UnknownShellIsRefused) {
  EXPECT_THROW(completion_script("csh", all_commands()), Error);
}

TEST(GeneratedText, ManualPageHasTheUsualSectionsAndTheNotice) {
  const std::string page = man_page(all_commands());
  for (const char* section :
       {".TH CXRNET 1", ".SH NAME", ".SH SYNOPSIS", ".SH EXIT STATUS", "Research use only"}) {
    EXPECT_NE(page.find(section), std::string::npos) << section;
  }
}

}  // namespace
}  // namespace cxrnet::app
