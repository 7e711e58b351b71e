// explain: which pixels the answer rests on, by one method or several, as heat maps, arrays and
// panel.

#include <algorithm>
#include <optional>

#include "commands/commands.h"
#include "commands/diagnose/explain_files.h"
#include "cxrnet/core/files.h"
#include "cxrnet/explain/method.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/nn/model_identity.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "cxrnet/pipeline/explanation.h"
#include "cxrnet/pipeline/explanation_evaluation.h"
#include "cxrnet/pipeline/loaded_model.h"
#include "framework/default_model.h"
#include "framework/inputs.h"
#include "framework/naming.h"

namespace cxrnet::app {
namespace {

using explain::Method;

constexpr const char* kExplanations = "explanations.json";

constexpr const char* kMethodHelp =
    "comma-separated: representation (the network's own), saliency, smoothgrad, "
    "integrated_gradients, grad_cam, grad_cam_plus_plus, layer_cam, score_cam, rise, occlusion, "
    "and "
    "the baselines random, lung_mask, edges; all: every one that the model allows";

struct ExplainOptions {
  std::vector<std::string> methods{"representation"};
  std::string asked;  // label
  std::string model;
  explain::MethodOptions details;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.methods, Field{"method", kMethodHelp});
    visit(self.asked, Field{"class", "label to explain; empty: the predicted one of each image"});
    visit(self.model, Field{"model", "model file; empty: the default model"});
    visit(self.details.passes.batch_size,
          Field{"batch-size",
                "masked or noisy copies in one pass; more takes more memory",
                {.minimum = 1, .maximum = 4096},
                Aspect::running});
    cxrnet::visit_fields(self.details.gradients, visit);
    cxrnet::visit_fields(self.details.activations, visit);
    cxrnet::visit_fields(self.details.masking, visit);
  }
};

// The methods named, each once. Errors: invalid_option for an unknown name or none.
std::vector<Method> require_methods(const std::vector<std::string>& names) {
  auto methods = pipeline::parse_methods(names, "method");
  if (!methods.empty()) return methods;
  throw Error(ErrorCode::invalid_option,
              "method: expected at least one name, got none; choose one or all");
}

// Without those that the model does not allow where "all" stood; else that is an error.
std::vector<Method> require_applicable(std::vector<Method> methods, bool all,
                                       const nn::ModelFile& model) {
  const auto is_out = [&model](Method method) { return !pipeline::applies(method, model); };
  if (all) {
    methods.erase(std::remove_if(methods.begin(), methods.end(), is_out), methods.end());
    return methods;
  }
  const auto out = std::find_if(methods.begin(), methods.end(), is_out);
  if (out == methods.end()) return methods;
  throw Error(ErrorCode::invalid_option,
              "method " + std::string(to_string(*out)) + ": expected a model with a " +
                  (*out == Method::lung_mask ? "segmenter" : "decoder") +
                  ", got one without; choose another method or another --model");
}

struct Work {
  std::vector<Method> methods;
  std::optional<int64_t> asked;  // class; else the predicted one
  explain::MethodOptions details;
};

Work plan(const ExplainOptions& options, int64_t seed) {
  Work work{.methods = require_methods(options.methods), .asked = {}, .details = options.details};
  if (!options.asked.empty()) work.asked = nn::label_index(options.asked);
  work.details.passes.seed = seed;
  return work;
}

ExplainedImage explain_input(pipeline::Diagnoser& diagnoser, const Work& work, const Input& input) {
  auto diagnosis =
      diagnoser.diagnose(imaging::decode_image(read_file(input.path)), /*explain=*/false);
  const auto target = work.asked.value_or(nn::label_index(diagnosis.label));
  auto heats =
      pipeline::explain_diagnosis(diagnoser, diagnosis, target, work.methods, work.details);
  return {.stem = input.stem,
          .diagnosis = std::move(diagnosis),
          .target = target,
          .heats = std::move(heats)};
}

void add_rows(Table& table, const ExplainedImage& image) {
  for (const auto& answer : image.heats) {
    const auto& share = answer.inside_lung.value;
    table.rows.push_back({image.stem, image.diagnosis.label,
                          std::string(nn::kLabels.at(static_cast<std::size_t>(image.target))),
                          std::string(to_string(answer.method)),
                          share ? format_fixed(*share, 3) : "-"});
  }
}

ExitStatus run(const ExplainOptions& options, Context& context) {
  auto work = plan(options, context.common.seed);
  const auto model =
      naming("--model", require_model_path(options.model), pipeline::load_model_with_digest);
  const bool all =
      std::find(options.methods.begin(), options.methods.end(), "all") != options.methods.end();
  work.methods = require_applicable(work.methods, all, model.file);
  auto folder = context.open_out_folder({kExplanations});
  auto inputs = expand_inputs(context.arguments("INPUT"), folder);
  pipeline::Diagnoser diagnoser(model.file, engine::options_for(inputs.accepted.size()));
  nlohmann::json images = nlohmann::json::array();
  Table table{.header = {"image", "predicted", "class", "method", "heat inside lungs"}, .rows = {}};
  auto batch = for_each_input(context.console, inputs, [&](const Input& input) {
    const auto image = explain_input(diagnoser, work, input);
    write_explanation(image, folder);
    auto facts = explanation_json(image);
    facts["input"] = input.path.string();
    images.push_back(std::move(facts));
    add_rows(table, image);
  });
  const auto unwritten = commit_outputs(folder, context.console, batch);
  nlohmann::json result{{"schema", "cxrnet.explain/1"},
                        {"images", images},
                        {"model", nn::to_json(nn::identity_of(model.file, model.sha256))},
                        {"refused", refusals_to_json(inputs.refused)},
                        {"unwritten", unwritten},
                        {"notice", kResearchUse}};
  write_last(batch, [&] { context.save_configuration(folder); });
  tell_completeness(result, batch);
  write_last(batch, [&] { folder.write(kExplanations, json_text(result)); });
  if (context.common.json) {
    context.console.print_json(result);
  } else {
    if (!table.rows.empty()) context.console.print_table(table);
    context.console.print_line(kResearchUse);
  }
  return batch.end();
}

}  // namespace

Command explain_command() {
  return make_command<ExplainOptions>(
      {.verb = "explain",
       .group = "Images",
       .summary = "show which pixels the answer rests on",
       .example = "cxrnet explain scan.png --method representation,grad_cam --out explained",
       .positionals = {input_positional()},
       .uses = {.json = true,
                .seed = true,
                .threads = true,
                .out = "folder for heat maps, arrays, panels and explanations.json",
                .out_required = true,
                .overwrite = true},
       .clinical = true},
      run);
}

}  // namespace cxrnet::app
