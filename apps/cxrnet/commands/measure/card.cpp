// card: the model card, from the model file, its training logs and its evaluations.
#include "commands/commands.h"
#include "cxrnet/core/files.h"
#include "cxrnet/data/manifest.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/pipeline/sha256.h"
#include "cxrnet/report/model_card.h"
#include "framework/inputs.h"

namespace cxrnet::app {
namespace {

struct CardOptions {
  std::string data;
  std::string split_column = "group_split";
  std::vector<std::string> runs;
  std::vector<std::string> evaluations;
  std::string recipe;
  std::string compute;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.data, Field{"data", "manifest.csv of the images it was trained and tested on"});
    visit(self.split_column, Field{"split-column", "column that names each row's side"});
    visit(self.runs, Field{"runs", "TITLE=FOLDER of each `train`, separated by commas"});
    visit(self.evaluations,
          Field{"evaluations", "TITLE=FOLDER of each `evaluate --out`, separated by commas"});
    visit(self.recipe, Field{"recipe", "text file with the commands that made the model"});
    visit(self.compute, Field{"compute", "the machine that it was trained on, in words"});
  }
};

struct Titled {
  std::string title;
  std::filesystem::path folder;
};

std::vector<Titled> parse_titled(const std::vector<std::string>& texts, const std::string& option) {
  std::vector<Titled> parsed;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      throw Error(ErrorCode::invalid_option,
                  option + ": expected TITLE=FOLDER, got '" + text + "'; give a title, too");
    }
    parsed.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return parsed;
}

nlohmann::json read_result(const Titled& evaluation) {
  auto result = nlohmann::json::parse(read_file(evaluation.folder / "evaluation.json"), nullptr,
                                      /*allow_exceptions=*/false);
  if (result.is_discarded()) {
    throw Error(ErrorCode::invalid_option, "evaluations: expected JSON for '" + evaluation.title +
                                               "', got something else; run evaluate again");
  }
  return result;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

ExitStatus run(const CardOptions& options, Context& context) {
  const std::filesystem::path path = context.argument("MODEL");
  const auto bytes = read_file(path);
  report::ModelCard card{.model = nn::describe_model(path),
                         .sha256 = pipeline::sha256_hex(bytes),
                         .bytes = static_cast<int64_t>(bytes.size()),
                         .data = data::read_manifest(require_data(options.data)),
                         .split_column = options.split_column,
                         .compute = options.compute};
  if (!options.recipe.empty()) card.commands = lines_of(read_file(options.recipe));
  for (const auto& titled : parse_titled(options.runs, "runs"))
    card.runs.push_back({titled.title, read_file(titled.folder / "epochs.csv")});
  for (const auto& titled : parse_titled(options.evaluations, "evaluations"))
    card.evaluations.push_back({titled.title, read_result(titled)});
  const auto text = report::format_model_card(card);
  if (context.common.out.empty()) {
    context.console.print_line(text);
  } else {
    write_file_atomically(context.common.out, text);
  }
  return ExitStatus::all_done;
}

}  // namespace

Command card_command() {
  return make_command<CardOptions>(
      {.verb = "card",
       .group = "Data and training",
       .summary = "write a model's card: data, training and measured figures, as Markdown",
       .example = "cxrnet card model.safetensors --data manifest.csv --runs classifier=run "
                  "--evaluations test=results --out card.md",
       .positionals = {{.name = "MODEL", .help = "model file"}},
       .uses = {.out = "file for the card; nothing: standard output"}},
      run);
}

}  // namespace cxrnet::app
