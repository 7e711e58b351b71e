// How many images a second the networks of a model answer by themselves, several workers side by
// side: what `cxrnet predict` could reach at most. Half of bench/throughput.py; prints one number.
#include <ATen/Functions.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cxrnet/core/threads.h"
#include "cxrnet/engine/engine.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/nn/unet.h"

namespace {

using namespace cxrnet;

struct Setting {
  std::string model;
  std::string precision = "f32";
  int64_t workers = 2;
  int threads_each = 1;
  double seconds = 10.0;
};

// A worker's networks and an image for them.
class Worker {
 public:
  explicit Worker(const Setting& setting) : model_(nn::load_model(setting.model)) {
    const engine::EngineOptions options{
        .precision = parse_enum<engine::Precision>(setting.precision, "precision"),
        .winograd = true};
    classifier_.emplace(model_.classifier, options);
    if (model_.segmenter) segmenter_.emplace(model_.segmenter, options);
    const auto size = model_.preprocessing.size;
    image_ = at::rand({1, 1, size, size});
  }

  void answer() {
    if (segmenter_) segmenter_->probability(image_);
    classifier_->answer(image_, /*with_representation=*/true);
  }

 private:
  nn::ModelFile model_;
  std::optional<engine::ClassifierEngine> classifier_;
  std::optional<engine::SegmenterEngine> segmenter_;
  at::Tensor image_;
};

double images_per_second(const Setting& setting) {
  std::atomic<int64_t> images = 0;
  std::atomic<bool> stop = false;
  std::barrier ready(setting.workers + 1);
  std::vector<std::thread> threads;
  for (int64_t i = 0; i < setting.workers; ++i) {
    threads.emplace_back([&] {
      Worker worker(setting);
      worker.answer();  // compiles
      ready.arrive_and_wait();
      for (; !stop; ++images) worker.answer();
    });
  }
  ready.arrive_and_wait();
  const auto start = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(setting.seconds));
  const auto done = static_cast<double>(images);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  stop = true;
  for (auto& thread : threads) thread.join();
  return done / elapsed.count();
}

}  // namespace

int main(int argc, char** argv) {
  Setting setting;
  CLI::App app("images per second of a model's networks");
  app.add_option("--model", setting.model)->required()->check(CLI::ExistingFile);
  app.add_option("--precision", setting.precision)->check(CLI::IsMember({"f32", "bf16"}));
  app.add_option("--workers", setting.workers)->check(CLI::PositiveNumber);
  app.add_option("--threads-each", setting.threads_each)->check(CLI::PositiveNumber);
  app.add_option("--seconds", setting.seconds)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    set_process_threads(setting.threads_each);
    std::printf("%.3f\n", images_per_second(setting));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
