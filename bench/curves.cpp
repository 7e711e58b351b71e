// How long do perturbation curves take? One method, one curve of `levels` levels for each image, by
// a judge with random weights: its answers mean nothing, its time is that of a trained one.
#include <ATen/Functions.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "cxrnet/core/threads.h"
#include "cxrnet/explain/judge.h"
#include "cxrnet/explain/perturbation.h"
#include "cxrnet/nn/cxr_net.h"

namespace {

struct Setting {
  std::string architecture = "resnet50";
  int64_t images = 130;
  int64_t size = 224;
  int64_t runs = 3;
  int64_t threads = std::max(1U, std::thread::hardware_concurrency());
  cxrnet::explain::CurveOptions curves;
};

double seconds_of_one_run(const cxrnet::explain::Classifier& judge, const Setting& setting) {
  const auto image = at::rand({setting.images, 1, setting.size, setting.size});
  const auto heat = at::rand_like(image);
  const auto target = at::zeros({setting.images}, at::kLong);
  const auto start = std::chrono::steady_clock::now();
  cxrnet::explain::perturbation_curves(judge, image, heat, target, setting.curves);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void print(const Setting& setting, std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2];
  const auto judged = static_cast<double>(setting.images * (setting.curves.levels + 1));
  std::printf(
      "%s, %lld images of %lld px, %lld levels, %lld threads: median %.1f s of %zu runs "
      "(%.1f to %.1f), %.1f images/s\n",
      setting.architecture.c_str(), static_cast<long long>(setting.images),
      static_cast<long long>(setting.size), static_cast<long long>(setting.curves.levels),
      static_cast<long long>(setting.threads), median, seconds.size(), seconds.front(),
      seconds.back(), judged / median);
}

}  // namespace

int main(int argc, char** argv) {
  Setting setting;
  CLI::App app("time perturbation curves");
  app.add_option("--architecture", setting.architecture, "the judge's encoder")
      ->capture_default_str();
  app.add_option("--images", setting.images)->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--size", setting.size, "pixels")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--levels", setting.curves.levels)->capture_default_str();
  app.add_option("--runs", setting.runs)->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--threads", setting.threads)->check(CLI::PositiveNumber)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    cxrnet::set_process_threads(static_cast<int>(setting.threads));
    cxrnet::nn::CxrNetOptions options;
    options.encoder.architecture =
        cxrnet::parse_enum<cxrnet::nn::Architecture>(setting.architecture, "architecture");
    options.representation = cxrnet::nn::Representation::none;
    const auto judge = cxrnet::explain::as_classifier(cxrnet::nn::CxrNet(options));
    std::vector<double> seconds;
    for (int64_t run = 0; run < setting.runs; ++run)
      seconds.push_back(seconds_of_one_run(judge, setting));
    print(setting, std::move(seconds));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
