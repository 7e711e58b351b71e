#include "framework/command_line.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <sstream>

#include "framework/bind_options.h"
#include "framework/version.h"

namespace cxrnet::app {
namespace {

constexpr std::size_t kNameColumn = 34;
constexpr std::size_t kHelpColumn = 66;

// Breaks at spaces, so that no line is longer than `width` unless a word is.
std::string wrap(const std::string& text, std::size_t width) {
  std::istringstream words(text);
  std::string wrapped;
  std::size_t column = 0;
  for (std::string word; words >> word; column += word.size()) {
    if (column > 0 && column + 1 + word.size() > width) {
      wrapped += '\n';
      column = 0;
    } else if (column > 0) {
      wrapped += ' ';
      ++column;
    }
    wrapped += word;
  }
  return wrapped;
}

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() {
    column_width(kNameColumn);
    label("SUBCOMMAND", "VERB");
  }

  // CLI11 shows a flag's opposite as "--no-json{false}"; the braces help nobody.
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    std::string name = CLI::Formatter::make_option_name(option, is_positional);
    const auto brace = name.find("{false}");
    return brace == std::string::npos ? name : name.erase(brace, 7);
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    return wrap(option->get_description(), kHelpColumn);
  }
};

void add_positional(CLI::App& app, const Positional& positional) {
  // const: CLI11 takes a string that is not for the variable to fill, not for the help.
  const std::string help =
      positional.help +
      (positional.choices.empty() ? "" : " (one of " + join(positional.choices) + ")");
  CLI::Option* option = app.add_option(positional.name, help)->required(positional.required);
  option->option_text(positional.many ? "..." : " ");
  if (positional.many)
    option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
}

void add_verb(CLI::App& app, const Command& command) {
  CLI::App* verb =
      app.add_subcommand(command.info.verb, command.info.summary)->group(command.info.group);
  for (const auto& positional : command.info.positionals) add_positional(*verb, positional);
  bind_rows(*verb, command.all_rows());
  verb->footer("Example:\n  " + command.info.example +
               (command.info.clinical ? std::string("\n\n") + kResearchUse : std::string()));
}

std::string read_positional(const Positional& positional, const std::string& value) {
  const auto& choices = positional.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
    throw Error(ErrorCode::invalid_option, positional.name + ": expected one of " + join(choices) +
                                               ", got '" + value + "'; choose one of these");
  }
  return value;
}

Invocation read_invocation(const CLI::App& verb, const Command& command) {
  Invocation invocation{.command = &command, .text = "", .given = {}, .arguments = {}};
  for (const auto& positional : command.info.positionals) {
    for (const auto& value : verb.get_option(positional.name)->results()) {
      invocation.arguments[positional.name].push_back(read_positional(positional, value));
    }
  }
  invocation.given = given_values(verb, command.all_rows());
  return invocation;
}

void require_known_verb(const std::vector<Command>& commands,
                        const std::vector<std::string>& arguments) {
  const auto verbs = verb_names(commands);
  const std::string got = arguments.empty() ? "nothing" : "'" + arguments.front() + "'";
  if (!arguments.empty() &&
      (arguments.front().starts_with('-') ||
       std::find(verbs.begin(), verbs.end(), arguments.front()) != verbs.end())) {
    return;
  }
  throw Error(ErrorCode::invalid_option,
              "verb: expected one of " + join(verbs) + ", got " + got + "; see cxrnet --help");
}

}  // namespace

std::unique_ptr<CLI::App> build_command_line(const std::vector<Command>& commands) {
  auto app =
      std::make_unique<CLI::App>("Explainable chest X-ray classification (CXR-Net).", "cxrnet");
  app->formatter(std::make_shared<HelpFormatter>());
  app->set_version_flag("--version", version_text());
  app->require_subcommand(1);
  for (const auto& command : commands) add_verb(*app, command);
  app->footer(std::string("`cxrnet VERB --help` tells more about a verb.\n") + kResearchUse);
  return app;
}

Invocation parse_command_line(const std::vector<Command>& commands,
                              const std::vector<std::string>& arguments) {
  require_known_verb(commands, arguments);
  const auto app = build_command_line(commands);
  try {
    app->parse(std::vector<std::string>(arguments.rbegin(),
                                        arguments.rend()));  // CLI11 takes them from the back
  } catch (const CLI::CallForHelp&) {
    return {.command = nullptr, .text = app->help(), .given = {}, .arguments = {}};
  } catch (const CLI::CallForVersion& version) {
    return {.command = nullptr, .text = version.what(), .given = {}, .arguments = {}};
  } catch (const CLI::ParseError& error) {
    throw Error(ErrorCode::invalid_option,
                std::string("command line: ") + error.what() + "; see --help");
  }
  const CLI::App* verb = app->get_subcommands().front();
  for (const auto& command : commands) {
    if (command.info.verb == verb->get_name()) return read_invocation(*verb, command);
  }
  throw Error(ErrorCode::internal,
              "command line: expected a command for the verb, got none; report this");
}

}  // namespace cxrnet::app
