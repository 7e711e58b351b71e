#include "golden_pair.h"

#include <cmath>
#include <future>

#include "cxrnet/core/error.h"
#include "cxrnet/core/kernel_creation.h"
#include "cxrnet/core/memory.h"
#include "cxrnet/core/threads.h"
#include "cxrnet/nn/golden_image.h"

namespace cxrnet::nn {
namespace {

constexpr int64_t kSide = 96;  // pixels; every encoder takes it, and it is cheap
constexpr double kTolerance =
    1e-2;  // relative to 1 + |value|; rounding differs between CPUs by far less
constexpr std::array kWaves{3.0, 7.0};  // periods across and down the image

std::vector<double> as_doubles(const at::Tensor& tensor) {
  const auto flat = tensor.flatten().to(at::kDouble).contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

// A map's means over a grid of 4 x 4 cells.
std::vector<double> summarise(const at::Tensor& map) {
  return as_doubles(at::adaptive_avg_pool2d(map, {4, 4}));
}

void require_close(const std::vector<double>& expected, const std::vector<double>& actual) {
  bool close = expected.size() == actual.size();
  for (std::size_t i = 0; close && i < expected.size(); ++i) {
    close = std::abs(actual[i] - expected[i]) <= kTolerance * (1.0 + std::abs(expected[i]));
  }
  if (close) return;
  throw Error(ErrorCode::corrupt_model,
              "model self-check: expected the answers stored in the file, got others; the weights "
              "are damaged or "
              "this build computes them differently: fetch the file again");
}

nlohmann::json answers_of(CxrNet classifier, const at::Tensor& image) {
  const at::NoGradGuard no_grad;
  const ComputeSerially one_of_two;
  const auto output = classifier->explain(image);
  nlohmann::json answers{{"logits", as_doubles(output.logits)}};
  if (output.representation.defined()) answers["representation"] = summarise(output.representation);
  return answers;
}

nlohmann::json answers_of(UNet segmenter, const at::Tensor& image) {
  const at::NoGradGuard no_grad;
  const ComputeSerially one_of_two;
  return {{"mask", summarise(segmenter->forward(image).sigmoid())}};
}

}  // namespace

at::Tensor golden_image(int64_t side) {
  const auto ramp = at::arange(side, at::kFloat) * (2.0 * M_PI / static_cast<double>(side));
  const auto across = at::sin(ramp * kWaves[0]).unsqueeze(0);
  const auto down = at::cos(ramp * kWaves[1]).unsqueeze(1);
  return (0.5 + 0.2 * across + 0.2 * down).view({1, 1, side, side});
}

// Both networks side by side: a cold process waits for this.
nlohmann::json compute_golden(const ModelFile& model) {
  constexpr std::size_t kBytes = 192U << 20U;  // ample for both
  reserve_memory_for_products();
  require_memory(kBytes);  // libtorch's oneDNN crashes where it gets no memory for its code
  const KernelCreation creation(KernelCreation::Numbers::f32);
  const auto image = golden_image(kSide);
  std::future<nlohmann::json> mask;
  if (!model.segmenter.is_empty())
    mask = std::async([&] { return answers_of(model.segmenter, image); });
  auto golden = nlohmann::json::object();
  if (!model.classifier.is_empty()) golden = answers_of(model.classifier, image);
  if (mask.valid()) golden.update(mask.get());
  return golden;
}

void require_golden(const nlohmann::json& golden, const nlohmann::json& answers) {
  for (const auto& [name, values] : answers.items()) {
    require_close(golden.at(name).get<std::vector<double>>(), values.get<std::vector<double>>());
  }
}

}  // namespace cxrnet::nn
