// `evaluate --explain`: the explanation methods on the images that were evaluated.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/pipeline/explanation_evaluation.h"
#include "cxrnet/pipeline/loaded_model.h"
#include "framework/command.h"

namespace cxrnet::app {

struct EvaluateExplanationOptions {
  pipeline::ExplanationOptions explanations;
  std::string judge;  // model file that scores the removed images; empty: the explained model

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    cxrnet::visit_fields(self.explanations, visit);
    visit(self.judge,
          Field{"judge", "model file that judges the removed images; empty: the explained model"});
  }
};

/// A second model as the judge; null when the model judges itself.
using Judge = std::optional<pipeline::LoadedModel>;

/// What can be found wrong before hours of work. `measured_side`: of the split; empty: every row.
/// Errors: invalid_option for an unknown method, label or fill, a judge of another kind, options
/// without --explain, or a LayerCAM level that would be chosen on what is measured; as load_model.
Judge prepare_judge(const EvaluateExplanationOptions& options, const pipeline::LoadedModel& model,
                    const std::string& measured_side);

/// What is explained, and by whom it is judged.
struct ExplanationTask {
  const pipeline::LoadedModel& model;
  const Judge& judge;
  const data::Manifest& manifest;             ///< the measured side
  const std::vector<std::size_t>& evaluated;  ///< its rows that could be read
  const data::Manifest& layer_cam_side;       ///< on which LayerCAM's level is chosen; may be empty
};

/// Nothing when a stop was requested meanwhile: a part of the images would be measured as another
/// set. Errors: as the pipeline's.
std::optional<pipeline::ExplanationEvaluation> evaluate_explanations(
    const EvaluateExplanationOptions& options, const ExplanationTask& task,
    const metrics::BootstrapOptions& bootstrap, Context& context);

void print_explanations(const pipeline::ExplanationEvaluation& evaluation, Console& console);

}  // namespace cxrnet::app
