#include "precision_trial.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <iomanip>
#include <limits>
#include <sstream>

#include "cxrnet/core/error.h"
#include "cxrnet/engine/processor.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/phantom.h"
#include "cxrnet/pipeline/diagnoser.h"

namespace cxrnet::pipeline {
namespace {

constexpr int64_t kProbeSize = 256;  // pixels
constexpr double kTolerance = 0.01;  // of a probability
constexpr double kWorthwhile = 0.9;  // of the time

using Images = std::vector<imaging::GreyImage>;

Images render_probes() {
  using imaging::Finding;
  Images probes;
  for (const auto finding :
       {Finding::healthy, Finding::bacterial, Finding::viral, Finding::covid19}) {
    imaging::PhantomOptions options;
    options.size = kProbeSize;
    options.finding = finding;
    const auto phantom = imaging::render_phantom(options);
    probes.push_back(imaging::decode_image(imaging::encode_png(phantom.image)));
  }
  return probes;
}

// What a model answers on the probes, and its time for one of them, seconds.
struct Trial {
  std::vector<Diagnosis> answers;
  double seconds = std::numeric_limits<double>::infinity();
};

Trial try_out(const nn::ModelFile& model, const Images& probes,
              const engine::EngineOptions& options) {
  Diagnoser diagnoser(model, options);
  Trial trial;
  for (const auto& image : probes) {
    const auto start = std::chrono::steady_clock::now();
    trial.answers.push_back(diagnoser.diagnose(image, /*explain=*/false));
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    trial.seconds = std::min(trial.seconds, taken.count());  // the first one compiled the networks
  }
  return trial;
}

bool is_unclear(const Diagnosis& diagnosis) {
  auto sorted = diagnosis.probabilities;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  return sorted[0] - sorted[1] < 2.0 * kTolerance;
}

PrecisionTrial try_out_beside(const Trial& exact, const nn::ModelFile& model, const Images& probes,
                              const engine::EngineOptions& options) {
  const auto precision = options.precision;
  if (precision == engine::Precision::int8 && model.int8_ranges.empty())
    return {.precision = precision, .obstacle = "the model is not calibrated for it"};
  if (!engine::supports(precision))
    return {.precision = precision, .obstacle = "this processor has no kernels for it"};
  try {
    const auto trial = try_out(model, probes, options);
    if (!answer_alike(trial.answers, exact.answers))
      return {.precision = precision, .obstacle = "answers phantoms otherwise than f32 does"};
    return {.precision = precision, .seconds = trial.seconds};
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_option) throw;
    return {.precision = precision, .obstacle = "the model does not fit it"};
  }
}

}  // namespace

bool answer_alike(const std::vector<Diagnosis>& answers, const std::vector<Diagnosis>& exact) {
  double sum = 0.0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    if (answers[i].label != exact[i].label && !is_unclear(exact[i])) return false;
    const auto& expected = exact[i].probabilities;
    for (std::size_t label = 0; label < expected.size(); ++label)
      sum += std::abs(answers[i].probabilities[label] - expected[label]);
  }
  const auto count = static_cast<double>(exact.size() * exact.front().probabilities.size());
  return sum / count <= kTolerance;  // not so when an answer is no number
}

std::vector<PrecisionTrial> try_precisions(const nn::ModelFile& model, std::size_t images) {
  const auto probes = render_probes();
  const auto exact = try_out(model, probes, engine::options_for(images));
  std::vector<PrecisionTrial> trials{
      {.precision = engine::Precision::f32, .seconds = exact.seconds}};
  for (const auto precision : {engine::Precision::bf16, engine::Precision::int8})
    trials.push_back(try_out_beside(exact, model, probes, engine::options_for(images, precision)));
  return trials;
}

PrecisionChoice choose(const std::vector<PrecisionTrial>& trials) {
  const auto& exact = trials.front();
  const auto* best = &exact;
  for (const auto& trial : trials) {
    if (trial.obstacle.empty() && trial.seconds < kWorthwhile * best->seconds) best = &trial;
  }
  std::ostringstream reason;
  reason << to_string(best->precision) << std::setprecision(2);
  if (best != &exact) {
    reason << ", in " << best->seconds / exact.seconds
           << " of f32's time and with its answers on phantoms";
  }
  for (const auto& trial : trials) {
    if (&trial == best || &trial == &exact) continue;
    reason << "; " << to_string(trial.precision) << ": ";
    if (!trial.obstacle.empty()) {
      reason << trial.obstacle;
    } else {
      reason << trial.seconds / exact.seconds << " of f32's time";
    }
  }
  return {.precision = best->precision, .reason = reason.str()};
}

}  // namespace cxrnet::pipeline
