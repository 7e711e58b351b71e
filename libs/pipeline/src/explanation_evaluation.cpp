#include "cxrnet/pipeline/explanation_evaluation.h"

#include <algorithm>
#include <numeric>

#include "cxrnet/core/error.h"
#include "cxrnet/core/random.h"
#include "cxrnet/nn/labels.h"

namespace cxrnet::pipeline {
namespace {

constexpr const char* kEvidenceName = "evidence";

}  // namespace

std::vector<explain::Method> parse_methods(const std::vector<std::string>& names,
                                           std::string_view option) {
  std::vector<explain::Method> methods;
  const auto add = [&](explain::Method method) {
    if (std::find(methods.begin(), methods.end(), method) == methods.end())
      methods.push_back(method);
  };
  for (const auto& name : names) {
    if (name == kEvidenceName) {
      for (const auto method : kEvidence) add(method);
    } else if (name == "all") {
      for (const auto& entry : EnumNames<explain::Method>::values) add(entry.first);
    } else {
      add(parse_enum<explain::Method>(name, option));
    }
  }
  return methods;
}

ExplanationOptions with_evidence(ExplanationOptions options) {
  const auto& methods = options.methods;
  if (std::find(methods.begin(), methods.end(), kEvidenceName) == methods.end()) return options;
  auto& benchmark = options.benchmark;
  if (benchmark.also_fills.empty()) {
    const bool zero = benchmark.imputation == explain::Imputation::zero;
    benchmark.also_fills.emplace_back(zero ? "blur" : "zero");
  }
  if (benchmark.also_grids.empty()) {
    benchmark.also_grids.push_back(benchmark.grid == kOtherGrid ? explain::kRemovalGrid
                                                                : kOtherGrid);
  }
  return options;
}

std::vector<std::size_t> choose_explained(const std::vector<data::ManifestRow>& rows,
                                          const ExplanationOptions& options) {
  if (!options.label.empty()) nn::label_index(options.label);
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (options.label.empty() || rows[i].label == options.label) chosen.push_back(i);
  }
  const auto limit = static_cast<std::size_t>(options.limit);
  if (limit == 0 || chosen.size() <= limit) return chosen;
  const auto order =
      Random(static_cast<uint64_t>(options.method.passes.seed)).permutation(chosen.size());
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < limit; ++i) kept.push_back(chosen[order[i]]);
  std::sort(kept.begin(), kept.end());
  return kept;
}

std::vector<const MethodEvaluation*> ExplanationEvaluation::measured() const {
  std::vector<const MethodEvaluation*> result;
  for (const auto& method : methods) {
    if (method.not_applicable.empty()) result.push_back(&method);
  }
  return result;
}

}  // namespace cxrnet::pipeline
