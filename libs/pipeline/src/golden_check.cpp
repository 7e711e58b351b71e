#include "cxrnet/pipeline/golden_check.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include <string>

#include "cxrnet/core/error.h"
#include "cxrnet/core/kernel_creation.h"
#include "cxrnet/core/memory.h"
#include "cxrnet/nn/golden_image.h"

namespace cxrnet::pipeline {
namespace {

constexpr std::size_t kBytes = 256U << 20U;        // weights and kernels of two networks, amply
constexpr std::size_t kBytesOfAPixel = 1U << 11U;  // of the maps that live together

// nn's own answers, computed as those of a golden pair are, before the engine takes its memory.
template <class Compute>
auto answers_of_nn(int64_t size, const Compute& compute) {
  // libtorch's oneDNN crashes where it gets no memory for its code.
  require_memory(kBytes + kBytesOfAPixel * static_cast<std::size_t>(size * size));
  const KernelCreation creation(KernelCreation::Numbers::f32);
  const at::NoGradGuard no_grad;
  return compute();
}

void require_close(const at::Tensor& answers, const at::Tensor& expected,
                   engine::Precision precision, const char* part) {
  const double difference =
      (answers - expected).abs().flatten(1).mean(1).max().item<double>();  // of any image
  if (difference <= golden_tolerance(precision)) return;                   // not so for no number
  const bool is_exact = precision == engine::Precision::f32;
  throw Error(is_exact ? ErrorCode::corrupt_model : ErrorCode::invalid_option,
              "model self-check: expected " + std::string(to_string(precision)) +
                  " to answer for " + part + " as the network does, within " +
                  std::to_string(golden_tolerance(precision)) + ", got a difference of " +
                  std::to_string(difference) +
                  (is_exact ? "; this build computes the model wrongly: report it, with what "
                              "--version prints"
                            : "; use f32, or for int8 run cxrnet calibrate again"));
}

}  // namespace

double golden_tolerance(engine::Precision precision) {
  switch (precision) {
    case engine::Precision::f32:
      return 1e-3;
    case engine::Precision::bf16:
      return 0.03;
    case engine::Precision::int8:
      return 0.1;
  }
  return 0.0;
}

void require_golden_answers(engine::ClassifierEngine& engine, const nn::ModelFile& model,
                            engine::Precision precision, std::size_t images,
                            bool with_representation) {
  const auto size = model.preprocessing.size;
  const auto image = nn::golden_image(size);
  nn::CxrNet network = model.classifier;
  const auto expected = answers_of_nn(size, [&] { return network->explain(image); });
  const auto count = static_cast<int64_t>(images);
  const auto actual = engine.answer(image.repeat({count, 1, 1, 1}), with_representation);
  const auto probabilities = [&](const at::Tensor& logits) {
    return (logits / model.calibration.temperature).softmax(1);
  };
  require_close(probabilities(actual.logits), probabilities(expected.logits), precision,
                "the classes");
  if (actual.representation.defined())
    require_close(actual.representation, expected.representation, precision, "the heat map");
}

void require_golden_answers(engine::SegmenterEngine& engine, nn::UNet segmenter, int64_t size,
                            engine::Precision precision, std::size_t images) {
  const auto image = nn::golden_image(size);
  const auto expected = answers_of_nn(size, [&] { return segmenter->forward(image).sigmoid(); });
  const auto count = static_cast<int64_t>(images);
  require_close(engine.probability(image.repeat({count, 1, 1, 1})), expected, precision,
                "the lungs");
}

engine::SegmenterEngine checked_segmenter(nn::UNet network, int64_t size,
                                          const engine::EngineOptions& options) {
  engine::SegmenterEngine engine(network, options);
  require_golden_answers(engine, network, size, options.precision, 1);
  return engine;
}

}  // namespace cxrnet::pipeline
