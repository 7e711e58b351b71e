#include "cxrnet/report/report_context.h"

#include "cxrnet/core/options.h"
#include "cxrnet/nn/model_file.h"

namespace cxrnet::report {
namespace {

std::string limits_of(const nlohmann::json& card) {
  const auto found = card.find("limits");
  if (found == card.end()) return {};
  if (found->is_string()) return found->get<std::string>();
  std::vector<std::string> texts;
  if (found->is_array()) {
    for (const auto& text : *found) {
      if (text.is_string()) texts.push_back(text.get<std::string>());
    }
  }
  return join(texts, " ");
}

}  // namespace

ReportContext describe_run(const nn::ModelFile& model, std::string model_sha256,
                           std::string version) {
  ReportContext context{.model_name = model.name,
                        .model_sha256 = std::move(model_sha256),
                        .version = std::move(version),
                        .limits = limits_of(model.card),
                        .arm = model.preprocessing.arm};
  if (model.classifier) {
    context.architecture = to_string(model.classifier->options().encoder.architecture);
  }
  if (model.ood.fitted) {
    context.usual_lung_fraction = {model.ood.lung_fraction_low, model.ood.lung_fraction_high};
  }
  return context;
}

}  // namespace cxrnet::report
