// One verb of the program: a row of facts for --help, completion and the man page, an options
// aggregate, a function. Each verb is one file commands/<verb>.cpp; commands/command_list.h lists
// them.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cxrnet/core/output_folder.h"
#include "framework/common_options.h"
#include "framework/console.h"
#include "framework/exit_status.h"
#include "framework/field_rows.h"
#include "framework/stop.h"

namespace cxrnet::app {

inline constexpr const char* kResearchUse =
    "Research use only: not a medical device, not for diagnosis or treatment.";

/// What stands on the command line without a name.
struct Positional {
  std::string name;  ///< upper case, such as "INPUT"
  std::string help;
  bool required = true;
  bool many = false;                      ///< one or more; else exactly one
  std::vector<std::string> choices = {};  ///< empty: anything
};

/// What a verb is called, does and takes beside its own options.
struct CommandInfo {
  std::string verb;
  std::string group;    ///< heading in `cxrnet --help`
  std::string summary;  ///< one line
  std::string example;  ///< a command line that works
  std::vector<Positional> positionals = {};
  CommonUse uses = {};
  bool clinical =
      false;  ///< its output speaks about a patient's image: help and output carry kResearchUse
};

struct Command;

/// What a verb's function works with.
class Context {
 public:
  using Arguments = std::map<std::string, std::vector<std::string>>;

  Context(Console& console, CommonOptions common, const Command& command, Arguments arguments);

  Console& console;
  const CommonOptions common;

  /// All values of a positional; empty when it was not given.
  const std::vector<std::string>& arguments(const std::string& positional) const;
  /// The only value of a positional; "" when it was not given.
  std::string argument(const std::string& positional) const;

  /// The folder --out, created if need be. Errors: invalid_option when not given, disk_full,
  /// write_failed.
  std::filesystem::path create_out_folder() const;

  /// Whether --overwrite was given.
  Replace replace() const;
  /// The same folder as one that knows what may be replaced in it; the configuration's name and
  /// `names` are claimed before any work. Errors: those of OutputFolder.
  OutputFolder open_out_folder(const std::vector<std::string>& names = {}) const;
  /// --out where it is a file. Errors: those of OutputFile.
  OutputFile open_out_file(bool with_configuration = true) const;

  /// Writes the resolved configuration to `folder`/config.toml, atomically; `--config` reads it
  /// back.
  void save_configuration(OutputFolder& folder) const;
  void save_configuration(const std::filesystem::path& folder) const;
  /// The same where --out is a file: "manifest.csv" gets "manifest.config.toml" beside it.
  void save_configuration(OutputFile& beside) const;

  /// Records the values that the verb's own options ended up with. Verbs that change their options
  /// later call it again.
  void resolve(const nlohmann::json& option_values) { configuration_.update(option_values); }

 private:
  Arguments arguments_;
  std::string verb_;
  std::vector<FieldRow> rows_;    // every option of the verb, the common ones included
  nlohmann::json configuration_;  // resolved values of rows_
};

struct Command {
  CommandInfo info;
  std::vector<FieldRow> rows;  ///< the verb's own options

  /// Fills the options from the given values (config file and command line, by field name) and runs
  /// the verb.
  std::function<ExitStatus(const nlohmann::json& given, Context& context)> run;

  /// The verb's own options and the common ones it uses.
  std::vector<FieldRow> all_rows() const;
};

std::vector<std::string> verb_names(const std::vector<Command>& commands);

/// Ties an options aggregate and a function to a verb. `defaults` may choose the defaults from what
/// was given, such as those of a preset; what was given wins over them.
template <cxrnet::detail::Options OptionsType>
Command make_command(CommandInfo info, ExitStatus (*run)(const OptionsType&, Context&),
                     OptionsType (*defaults)(const nlohmann::json& given) = nullptr) {
  const auto shown = defaults == nullptr ? OptionsType{} : defaults(nlohmann::json::object());
  Command command{.info = std::move(info), .rows = field_rows(shown), .run = nullptr};
  command.run = [run, defaults](const nlohmann::json& given, Context& context) {
    OptionsType options = defaults == nullptr ? OptionsType{} : defaults(given);
    options_from_json(given, options);
    context.resolve(options_to_json(options));
    return run(options, context);
  };
  return command;
}

/// For verbs without options of their own.
struct NoOptions {
  template <class Self, class Visitor>
  static void visit_fields(Self&, Visitor&&) {}
};

}  // namespace cxrnet::app
