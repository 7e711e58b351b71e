#include "framework/command.h"

#include <algorithm>

#include "cxrnet/core/files.h"
#include "framework/config.h"

namespace cxrnet::app {
namespace {

constexpr const char* kConfigurationFile = "config.toml";
constexpr const char* kConfigurationEnding = ".config.toml";

[[noreturn]] void throw_no_out() {
  throw Error(ErrorCode::invalid_option,
              "out: expected a folder for the results, got none; give --out DIR");
}

std::vector<std::string> with_configuration(std::vector<std::string> names) {
  names.emplace_back(kConfigurationFile);
  return names;
}

}  // namespace

std::vector<FieldRow> common_rows(const CommonUse& use) {
  std::vector<FieldRow> rows = field_rows(CommonOptions{});
  const auto unused = [&](const FieldRow& row) {
    return (row.name == "out" && use.out.empty()) || (row.name == "json" && !use.json) ||
           (row.name == "overwrite" && !use.overwrite) || (row.name == "seed" && !use.seed) ||
           (row.name == "threads" && !use.threads);
  };
  rows.erase(std::remove_if(rows.begin(), rows.end(), unused), rows.end());
  for (auto& row : rows) {
    if (row.name == "out") row.help = use.out + (use.out_required ? " (required)" : "");
  }
  return rows;
}

std::vector<FieldRow> Command::all_rows() const {
  std::vector<FieldRow> all = rows;
  for (auto& row : common_rows(info.uses)) all.push_back(std::move(row));
  return all;
}

std::vector<std::string> verb_names(const std::vector<Command>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const auto& command : commands) names.push_back(command.info.verb);
  return names;
}

Context::Context(Console& console, CommonOptions common_options, const Command& command,
                 Arguments arguments)
    : console(console),
      common(std::move(common_options)),
      arguments_(std::move(arguments)),
      verb_(command.info.verb),
      rows_(command.all_rows()),
      configuration_(options_to_json(common)) {}

const std::vector<std::string>& Context::arguments(const std::string& positional) const {
  static const std::vector<std::string> none;
  const auto found = arguments_.find(positional);
  return found == arguments_.end() ? none : found->second;
}

std::string Context::argument(const std::string& positional) const {
  const auto& values = arguments(positional);
  return values.empty() ? std::string() : values.front();
}

std::filesystem::path Context::create_out_folder() const {
  if (common.out.empty()) throw_no_out();
  std::error_code failure;
  std::filesystem::create_directories(common.out, failure);
  if (failure || !std::filesystem::is_directory(common.out, failure)) {
    throw Error(
        failure == std::errc::no_space_on_device ? ErrorCode::disk_full : ErrorCode::write_failed,
        "out: expected a folder that can be created, got '" + failure.message() +
            "'; choose another with --out");
  }
  return common.out;
}

Replace Context::replace() const {
  return common.overwrite ? Replace::all_files : Replace::own_files;
}

OutputFolder Context::open_out_folder(const std::vector<std::string>& names) const {
  if (common.out.empty()) throw_no_out();
  return OutputFolder(common.out, replace(), with_configuration(names));
}

OutputFile Context::open_out_file(bool with_configuration) const {
  OutputFile file(common.out, replace());
  if (with_configuration) file.claim_beside(kConfigurationEnding);
  return file;
}

void Context::save_configuration(OutputFolder& folder) const {
  folder.write(kConfigurationFile, format_config(verb_, rows_, configuration_));
}

void Context::save_configuration(OutputFile& beside) const {
  beside.write_beside(kConfigurationEnding, format_config(verb_, rows_, configuration_));
}

void Context::save_configuration(const std::filesystem::path& folder) const {
  write_file_atomically(folder / kConfigurationFile, format_config(verb_, rows_, configuration_));
}

}  // namespace cxrnet::app
