#include "framework/man_page.h"

#include "framework/version.h"

namespace cxrnet::app {
namespace {

// Plain text for roff: a backslash, a hyphen and a line's first dot or quote have meanings of their
// own.
std::string roff(const std::string& text) {
  std::string escaped = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (const char letter : text) {
    if (letter == '\\') {
      escaped += "\\e";
    } else if (letter == '-') {
      escaped += "\\-";
    } else {
      escaped += letter;
    }
  }
  return escaped;
}

std::string bold(const std::string& text) { return "\\fB" + roff(text) + "\\fR"; }

std::string italic(const std::string& text) { return "\\fI" + roff(text) + "\\fR"; }

std::string synopsis(const CommandInfo& info) {
  std::string line = bold("cxrnet " + info.verb);
  for (const auto& positional : info.positionals) {
    const std::string name = italic(positional.name) + (positional.many ? "..." : "");
    line += positional.required ? " " + name : " [" + name + "]";
  }
  return line + " [" + italic("options") + "]\n";
}

std::string option_paragraph(const FieldRow& row) {
  std::string names = bold("--" + row.name);
  if (row.kind == ValueKind::flag) {
    names += ", " + bold("--no-" + row.name);
  } else {
    names += " " + italic(value_placeholder(row));
  }
  return ".TP\n" + names + "\n" + roff(describe_field(row)) + "\n";
}

std::string verb_section(const Command& command) {
  std::string text = ".SS " + command.info.verb + "\n" + synopsis(command.info) + ".PP\n" +
                     roff(command.info.summary) + ".\n";
  if (command.info.clinical) text += roff(kResearchUse) + "\n";
  for (const auto& positional : command.info.positionals) {
    text += ".TP\n" + italic(positional.name) + "\n" + roff(positional.help);
    text += (positional.choices.empty() ? "" : roff(" (one of " + join(positional.choices) + ")")) +
            "\n";
  }
  for (const auto& row : command.all_rows()) text += option_paragraph(row);
  return text + ".PP\nExample:\n.PP\n.nf\n.RS\n" + roff(command.info.example) + "\n.RE\n.fi\n";
}

constexpr const char* kClosingSections = R"(.SH CONFIGURATION FILE
.B \-\-config
names a TOML file. Its keys are the options' names without the dashes, at the top level or in a table named after the verb,
which wins. The command line wins over the file, the file over the defaults. The resolved configuration is saved as
.I config.toml
beside the results.
.SH FILES
Only what cxrnet wrote and nobody changed since is replaced; with
.B \-\-overwrite
everything but the inputs is. The hidden list
.I .cxrnet\-outputs
in a folder knows which files those are, and that pictures among them are no X\-rays: as inputs they are left out.
.SH EXIT STATUS
.TP
.B 0
all done
.TP
.B 1
the program or the machine failed: a defect, a full disk, a file that is in the way
.TP
.B 2
usage: an option, a value or the configuration file is wrong
.TP
.B 3
every input was refused
.TP
.B 4
some inputs were refused, or some pictures not written; the rest is written
.TP
.B 130, 143
stopped by SIGINT or SIGTERM
.SH ENVIRONMENT
.TP
.B CXRNET_MODEL
the default model's file
.TP
.B CXRNET_MAX_CPU_ISA
the most that is used of the processor's instructions, as on a lesser one: SSE41, AVX2, AVX512_CORE, AVX512_CORE_VNNI,
AVX512_CORE_BF16 or AVX512_CORE_AMX;
.B cxrnet info
tells what is used
.TP
.B OPENBLAS_NUM_THREADS
1 spares the addresses of OpenBLAS's threads, of which no use is made, where
.B ulimit \-v
leaves few
.TP
.B NO_COLOR
no colours, if set and not empty
.SH NOTICE
)";

}  // namespace

std::string man_page(const std::vector<Command>& commands) {
  std::string page = ".TH CXRNET 1 \"\" \"cxrnet ";
  page += kVersion;
  page += "\" \"User Commands\"\n";
  page +=
      ".SH NAME\ncxrnet \\- explainable chest X\\-ray classification (CXR\\-Net)\n.SH SYNOPSIS\n";
  page += bold("cxrnet") + " " + italic("VERB") + " [" + italic("arguments") + "] [" +
          italic("options") + "]\n.br\n";
  page += bold("cxrnet") + " " + bold("--version") + "\n.br\n";
  page += bold("cxrnet") + " [" + italic("VERB") + "] " + bold("--help") + "\n";
  page +=
      ".SH DESCRIPTION\nData go to standard output, messages and progress to standard error.\n.SH "
      "VERBS\n";
  for (const auto& command : commands) page += verb_section(command);
  return page + kClosingSections + roff(kResearchUse) + "\n";
}

}  // namespace cxrnet::app
