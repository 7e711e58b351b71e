// Training steps of a CXR-Net, on request: the half of bench/training.py that is ours. Prints
// "ready" and answers each line: "loss" with the loss of the untrained network, a number with the
// seconds that so many steps take.
#include <ATen/Context.h>
#include <ATen/Functions.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

#include "cxrnet/core/safetensors.h"
#include "cxrnet/core/threads.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/initialisation.h"
#include "cxrnet/train/adam.h"
#include "cxrnet/train/autocast.h"
#include "cxrnet/train/classification_task.h"
#include "cxrnet/train/gradient_pass.h"
#include "cxrnet/train/memory_pool.h"

namespace {

using namespace cxrnet;

struct Setting {
  std::string architecture = "resnet50";
  std::string representation = "image";
  std::string precision = "bf16";
  std::string device = "cpu";
  bool cuda_graphs = true;
  std::string folder;  // weights and the batch go there, for the peer
  int64_t size = 224;
  int64_t batch = 12;
  int threads = 2;
};

nn::CxrNet make_network(const Setting& setting) {
  at::manual_seed(1);
  nn::CxrNetOptions options;
  options.encoder.architecture = parse_enum<nn::Architecture>(setting.architecture, "architecture");
  options.representation = parse_enum<nn::Representation>(setting.representation, "representation");
  nn::CxrNet network(options);
  nn::use_channels_last(*network);
  network->to(at::Device(setting.device));
  return network;
}

train::TrainingOptions training_options(const Setting& setting) {
  train::TrainingOptions options;
  options.precision = parse_enum<train::Precision>(setting.precision, "precision");
  options.cuda_graphs = setting.cuda_graphs;
  return options;
}

// What train::Trainer does in a step (trainer.cpp) but for averaging weights and reading the loss,
// on a batch that is there already. Of the peers this one alone waits for the norm of the
// gradients.
class Training {
 public:
  explicit Training(const Setting& setting)
      : network_(make_network(setting)),
        task_(network_, /*weigh_classes=*/false),
        adam_(*network_, {}),
        options_(training_options(setting)),
        device_(setting.device),
        pass_(task_, adam_, device_, options_) {
    batch_.image = at::rand({setting.batch, 1, setting.size, setting.size});
    batch_.target =
        at::eye(nn::kClasses).index_select(0, at::arange(setting.batch).remainder(nn::kClasses));
    network_->train();
  }

  // The peer starts from the same weights and batch.
  void write_and_place(const std::filesystem::path& folder) {
    Safetensors contents;
    for (const auto& item : network_->named_parameters())
      contents.tensors[item.key()] = item.value().detach().cpu().contiguous();
    contents.tensors["image"] = batch_.image;
    contents.tensors["target"] = batch_.target;
    write_safetensors(folder / "training.safetensors", contents);
    batch_.image = batch_.image.to(device_).contiguous(at::MemoryFormat::ChannelsLast);
    batch_.target = batch_.target.to(device_);
  }

  double loss() {
    const train::AutocastGuard autocast(device_.type(),
                                        options_.precision == train::Precision::bf16);
    return task_.loss(batch_).item<double>();
  }

  double seconds(int64_t steps) {
    const auto start = std::chrono::steady_clock::now();
    for (int64_t step = 0; step < steps; ++step) {
      pass_.run(batch_);
      adam_.clip_gradients(0.0);
      adam_.step(1e-4);
    }
    if (device_.is_cuda()) batch_.image.sum().item<float>();  // waits for all that was begun
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

 private:
  nn::CxrNet network_;
  train::ClassificationTask task_;
  train::Adam adam_;
  train::TrainingOptions options_;
  at::Device device_;
  train::GradientPass pass_;
  data::Batch batch_;
};

void answer_requests(Training& training) {
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const double answer = line == "loss" ? training.loss() : training.seconds(std::stoll(line));
    std::cout << answer << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  Setting setting;
  CLI::App app("training steps on request");
  app.add_option("--architecture", setting.architecture);
  app.add_option("--representation", setting.representation);
  app.add_option("--precision", setting.precision)->check(CLI::IsMember({"f32", "bf16"}));
  app.add_option("--device", setting.device)->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_flag("--cuda-graphs,!--no-cuda-graphs", setting.cuda_graphs);
  app.add_option("--size", setting.size)->check(CLI::PositiveNumber);
  app.add_option("--batch", setting.batch)->check(CLI::PositiveNumber);
  app.add_option("--threads", setting.threads)->check(CLI::PositiveNumber);
  app.add_option("--folder", setting.folder)->required()->check(CLI::ExistingDirectory);
  CLI11_PARSE(app, argc, argv);
  try {
    set_process_threads(setting.threads);
    if (setting.device == "cpu") train::use_memory_pool();
    Training training(setting);
    training.write_and_place(setting.folder);
    std::cout.precision(9);
    answer_requests(training);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
