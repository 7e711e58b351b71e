#include "cxrnet/report/report_context.h"

#include "cxrnet/nn/model_file.h"
#include "cxrnet/nn/model_identity.h"

namespace cxrnet::report {

void note_unprocessed(ReportContext& context, std::size_t inputs) {
  if (inputs == 0) return;
  context.settings.emplace_back("Not complete", std::to_string(inputs) +
                                                    (inputs == 1 ? " input" : " inputs") +
                                                    " not worked on, since the run was cut off");
}

ReportContext describe_run(const nn::ModelFile& model, std::string model_sha256,
                           std::string version) {
  auto identity = nn::identity_of(model, std::move(model_sha256));
  ReportContext context{.model_name = std::move(identity.name),
                        .model_sha256 = std::move(identity.sha256),
                        .version = std::move(version),
                        .limits = std::move(identity.limits),
                        .population = std::move(identity.population),
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
