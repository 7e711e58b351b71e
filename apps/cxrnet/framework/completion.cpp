#include "framework/completion.h"

namespace cxrnet::app {
namespace {

// The names by which an option is given: "--json --no-json" for a flag.
std::vector<std::string> option_names(const FieldRow& row) {
  if (row.kind == ValueKind::flag) return {"--" + row.name, "--no-" + row.name};
  return {"--" + row.name};
}

// 'text' for a shell: a quote ends the string, adds a literal quote and begins again.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char letter : text) result += letter == '\'' ? "'\\''" : std::string(1, letter);
  return result + "'";
}

std::string choices_of(const Command& command) {
  std::vector<std::string> words;
  for (const auto& positional : command.info.positionals) {
    words.insert(words.end(), positional.choices.begin(), positional.choices.end());
  }
  return join(words, " ");
}

std::string bash_case(const Command& command) {
  std::vector<std::string> names{"--help"};
  std::string values;
  for (const auto& row : command.all_rows()) {
    for (const auto& name : option_names(row)) names.push_back(name);
    if (!row.choices.empty()) {
      values += "        --" + row.name + ") COMPREPLY=($(compgen -W " +
                quoted(join(row.choices, " ")) + " -- \"$word\")); return ;;\n";
    } else if (row.kind != ValueKind::flag) {
      values += "        --" + row.name + ") return ;;\n";
    }
  }
  return "    " + command.info.verb + ")\n      case \"$previous\" in\n" + values +
         "      esac\n      options=" + quoted(join(names, " ")) +
         "\n      words=" + quoted(choices_of(command)) + " ;;\n";
}

std::string bash_script(const std::vector<Command>& commands) {
  std::string script = R"(# bash completion for cxrnet, written by `cxrnet completion bash`
_cxrnet() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} options='' words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ')" +
                       join(verb_names(commands), " ") + R"( --help --version' -- "$word"))
    return
  fi
  case "${COMP_WORDS[1]}" in
)";
  for (const auto& command : commands) script += bash_case(command);
  return script + R"(  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
    *) [ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
  esac
}
complete -o default -F _cxrnet cxrnet
)";
}

// _arguments reads [ ] and : as syntax.
std::string zsh_text(const std::string& text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '[' || letter == ']' || letter == ':' || letter == '\\') escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

std::string zsh_case(const Command& command) {
  std::string text = "        " + command.info.verb + ")\n          _arguments '--help[show help]'";
  for (const auto& row : command.all_rows()) {
    std::string value;
    if (!row.choices.empty()) {
      value = ":" + row.name + ":(" + join(row.choices, " ") + ")";
    } else if (row.kind != ValueKind::flag) {
      value = ":" + row.name + ":_files";
    }
    for (const auto& name : option_names(row)) {
      text += " \\\n            " + quoted(name + "[" + zsh_text(row.help) + "]" + value);
    }
  }
  const std::string choices = choices_of(command);
  if (!choices.empty()) text += " \\\n            " + quoted("1:kind:(" + choices + ")");
  return text + " \\\n            '*:file:_files' ;;\n";
}

std::string zsh_script(const std::vector<Command>& commands) {
  std::string script = R"(#compdef cxrnet
# zsh completion for cxrnet, written by `cxrnet completion zsh`
_cxrnet() {
  local -a verbs
  local state line
  verbs=(
)";
  for (const auto& command : commands) {
    script += "    " + quoted(command.info.verb + ":" + zsh_text(command.info.summary)) + "\n";
  }
  script += R"(  )
  _arguments -C '--help[show help]' '--version[show version]' '1:verb:->verb' '*::argument:->argument'
  case $state in
    verb) _describe 'verb' verbs ;;
    argument)
      case $line[1] in
)";
  for (const auto& command : commands) script += zsh_case(command);
  return script + "      esac ;;\n  esac\n}\ncompdef _cxrnet cxrnet\n";
}

std::string fish_lines(const Command& command) {
  const std::string start =
      "complete -c cxrnet -n '__fish_seen_subcommand_from " + command.info.verb + "' ";
  std::string text = "complete -c cxrnet -n __fish_use_subcommand -f -a " + command.info.verb +
                     " -d " + quoted(command.info.summary) + "\n";
  for (const auto& row : command.all_rows()) {
    for (const auto& name : option_names(row)) {
      text += start + "-l " + name.substr(2) + " -d " + quoted(row.help);
      if (!row.choices.empty()) {
        text += " -x -a " + quoted(join(row.choices, " "));
      } else if (row.kind != ValueKind::flag) {
        text += " -r";
      }
      text += '\n';
    }
  }
  const std::string choices = choices_of(command);
  return choices.empty() ? text : text + start + "-a " + quoted(choices) + "\n";
}

std::string fish_script(const std::vector<Command>& commands) {
  std::string script = "# fish completion for cxrnet, written by `cxrnet completion fish`\n";
  for (const auto& command : commands) script += fish_lines(command);
  return script;
}

}  // namespace

std::string completion_script(const std::string& shell, const std::vector<Command>& commands) {
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  throw Error(ErrorCode::invalid_option,
              "shell: expected one of bash, zsh, fish, got '" + shell + "'; choose one of these");
}

}  // namespace cxrnet::app
