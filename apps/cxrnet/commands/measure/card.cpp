// card: the model card, from the model file, its training logs and its evaluations.
#include <optional>

#include "commands/commands.h"
#include "cxrnet/core/files.h"
#include "cxrnet/data/manifest.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/nn/model_identity.h"
#include "cxrnet/pipeline/sha256.h"
#include "cxrnet/report/model_card.h"
#include "framework/inputs.h"
#include "framework/naming.h"

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

std::string read_text(const std::filesystem::path& file) { return read_file(file); }

nlohmann::json read_result(const Titled& evaluation) {
  auto result = nlohmann::json::parse(
      naming("--evaluations", evaluation.folder / "evaluation.json", read_text), nullptr,
      /*allow_exceptions=*/false);
  if (result.is_discarded()) {
    throw Error(ErrorCode::invalid_option, "evaluations: expected JSON for '" + evaluation.title +
                                               "', got something else; run evaluate again");
  }
  if (result.is_object() && !result.value("complete", true)) {
    throw Error(ErrorCode::invalid_option, "evaluations: expected a whole evaluation for '" +
                                               evaluation.title +
                                               "', got one that was cut off; run evaluate again");
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
  std::optional<OutputFile> out;
  if (!context.common.out.empty()) out.emplace(context.open_out_file(/*with_configuration=*/false));
  const std::filesystem::path path = context.argument("MODEL");
  if (out) out->protect(canonical_paths({path, options.data, options.recipe}));
  const auto bytes =
      naming("MODEL", path, [](const auto& file) { return read_file(file, kMaxLargeFileBytes); });
  report::ModelCard card{.model = nn::describe_model(path),
                         .sha256 = pipeline::sha256_hex(bytes),
                         .bytes = static_cast<int64_t>(bytes.size()),
                         .data = naming("--data", require_data(options.data),
                                        [](const auto& file) { return data::read_manifest(file); }),
                         .split_column = options.split_column,
                         .compute = options.compute};
  if (!options.recipe.empty())
    card.commands = lines_of(naming("--recipe", options.recipe, read_text));
  for (const auto& titled : parse_titled(options.runs, "runs"))
    card.runs.push_back({titled.title, naming("--runs", titled.folder / "epochs.csv", read_text)});
  for (const auto& titled : parse_titled(options.evaluations, "evaluations"))
    card.evaluations.push_back({titled.title, read_result(titled)});
  const auto text = report::format_model_card(card);
  if (out) out->write(text);
  if (context.common.json) {
    context.console.print_json({{"schema", "cxrnet.card/1"},
                                {"model", nn::to_json(nn::identity_of(card.model, card.sha256))},
                                {"card", text},
                                {"notice", kResearchUse}});
  } else if (!out) {
    context.console.print_line(text);
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
       .uses = {.json = true,
                .out = "file for the card; nothing: standard output",
                .overwrite = true}},
      run);
}

}  // namespace cxrnet::app
