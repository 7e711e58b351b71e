// Does the engine answer as nn does? A model, the rows of a manifest's side, every precision: how
// far probabilities, labels, heat maps and AOPPC are from those of nn in f32. Both see the same
// preprocessed image; the segmenter that prepares it is the engine's in f32.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "cxrnet/core/files.h"
#include "cxrnet/core/threads.h"
#include "cxrnet/data/manifest.h"
#include "cxrnet/data/splits.h"
#include "cxrnet/engine/engine.h"
#include "cxrnet/engine/processor.h"
#include "cxrnet/explain/judge.h"
#include "cxrnet/explain/perturbation.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/pipeline/diagnoser.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "cxrnet/pipeline/precision.h"

namespace {

using namespace cxrnet;

struct Setting {
  std::string model = "models/cxrnet-default.safetensors";
  std::string data;
  std::string split_column = "group_split";
  std::string split = "test";
  int64_t calibration_images = 64;
  int64_t curve_images = 130;
  int64_t threads = std::max(1U, std::thread::hardware_concurrency());
};

// Answers to all images, in the manifest's order.
struct Answers {
  at::Tensor probabilities;  // [N, classes]
  at::Tensor heat;           // [N, 1, H, W], of the class that nn predicts
};

imaging::GreyImage read_image(const data::Manifest& manifest, std::size_t row) {
  return imaging::decode_image(read_file(data::resolve_path(manifest, manifest.rows[row].path)));
}

at::Tensor prepared_images(const nn::ModelFile& model, const data::Manifest& manifest,
                           const std::vector<std::size_t>& rows) {
  pipeline::Diagnoser diagnoser(model);
  std::vector<at::Tensor> images;
  for (const auto row : rows) {
    const auto diagnosis = diagnoser.diagnose(read_image(manifest, row), /*explain=*/false);
    images.push_back(pipeline::to_tensor(diagnosis.enhanced));
  }
  return at::cat(images);
}

Answers answers_of_nn(nn::CxrNet network, const at::Tensor& images, double temperature) {
  const at::NoGradGuard no_grad;
  Answers all;
  std::vector<at::Tensor> probabilities;
  std::vector<at::Tensor> heat;
  for (const auto& image : images.split(1)) {
    const auto output = network->explain(image);
    probabilities.push_back((output.logits / temperature).softmax(1));
    heat.push_back(nn::heat_of_class(output.representation, output.logits.argmax(1)));
  }
  return {at::cat(probabilities), at::cat(heat)};
}

Answers answers_of_engine(engine::ClassifierEngine& engine, const at::Tensor& images,
                          const at::Tensor& predicted, double temperature) {
  std::vector<at::Tensor> probabilities;
  std::vector<at::Tensor> heat;
  for (int64_t i = 0; i < images.size(0); ++i) {
    const auto answer = engine.answer(images.narrow(0, i, 1), true);
    probabilities.push_back((answer.logits / temperature).softmax(1));
    heat.push_back(nn::heat_of_class(answer.representation, predicted.narrow(0, i, 1)));
  }
  return {at::cat(probabilities), at::cat(heat)};
}

double mean_aoppc(nn::CxrNet judge, const at::Tensor& images, const at::Tensor& heat,
                  const at::Tensor& target) {
  return explain::aoppc(
             explain::perturbation_curves(explain::as_classifier(judge), images, heat, target, {}))
      .mean()
      .item<double>();
}

void compare(const Setting& setting) {
  auto model = nn::load_model(setting.model);
  const auto manifest = data::read_manifest(setting.data);
  const auto rows = data::select_rows(manifest, setting.split_column, setting.split);
  std::vector<imaging::GreyImage> calibration;
  for (const auto row : data::spread_evenly(
           data::select_rows(manifest, setting.split_column, "train"), setting.calibration_images))
    calibration.push_back(read_image(manifest, row));
  model.int8_ranges = pipeline::measure_int8_ranges(model, calibration);
  const auto images = prepared_images(model, manifest, rows);
  const auto temperature = model.calibration.temperature;
  const auto expected = answers_of_nn(model.classifier, images, temperature);
  const auto predicted = expected.probabilities.argmax(1);
  const auto judged = std::min(images.size(0), setting.curve_images);
  const auto curve_images = images.narrow(0, 0, judged);
  const auto curve_target = predicted.narrow(0, 0, judged);
  const double exact =
      mean_aoppc(model.classifier, curve_images, expected.heat.narrow(0, 0, judged), curve_target);
  std::printf("%lld images; AOPPC in blocks of nn's heat map: %.4f on %lld images\n",
              static_cast<long long>(images.size(0)), exact, static_cast<long long>(judged));
  std::printf(
      "| precision | largest difference of p | mean difference of p | same label | "
      "largest difference of heat | difference of AOPPC |\n|---|---|---|---|---|---|\n");
  for (const auto& [precision, name] : EnumNames<engine::Precision>::values) {
    if (!engine::supports(precision)) {
      std::printf("| %s | this processor has no kernels for it | | | | |\n", name.data());
      continue;
    }
    auto engine = pipeline::classifier_engine(model, {.precision = precision, .winograd = true});
    const auto actual = answers_of_engine(engine, images, predicted, temperature);
    const auto difference = (actual.probabilities - expected.probabilities).abs();
    const auto same = actual.probabilities.argmax(1).eq(predicted).to(at::kDouble).mean();
    const double aoppc =
        mean_aoppc(model.classifier, curve_images, actual.heat.narrow(0, 0, judged), curve_target);
    std::printf("| %s | %.1e | %.1e | %.2f %% | %.1e | %+.4f |\n", name.data(),
                difference.max().item<double>(), difference.mean().item<double>(),
                100.0 * same.item<double>(),
                (actual.heat - expected.heat).abs().max().item<double>(), aoppc - exact);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Setting setting;
  CLI::App app("compare the engine's answers with nn's");
  app.add_option("--data", setting.data, "manifest.csv")->required();
  app.add_option("--model", setting.model)->capture_default_str();
  app.add_option("--split-column", setting.split_column)->capture_default_str();
  app.add_option("--split", setting.split)->capture_default_str();
  app.add_option("--calibration-images", setting.calibration_images, "of the training side")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--curve-images", setting.curve_images)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--threads", setting.threads)->check(CLI::PositiveNumber)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    set_process_threads(static_cast<int>(setting.threads));
    compare(setting);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
