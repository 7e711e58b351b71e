// A user's folder for the tests that run the program on images: a small model, a good X-ray.
#pragma once

#include <ATen/Context.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "cxrnet/core/files.h"
#include "cxrnet/core/output_record.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/phantom.h"
#include "cxrnet/nn/model_file.h"
#include "test/temporary_folder.h"

namespace cxrnet::app {

using nlohmann::json;
namespace fs = std::filesystem;

struct Outcome {
  int status = -1;
  std::string out, err;
};

// A folder with a small model whose segmenter calls everything lung, and a good X-ray.
class ImagesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    write_model();
    write_phantom();
  }
  static void TearDownTestSuite() { delete folder_; }

  static fs::path path(const std::string& name) { return folder_->path() / name; }

  static void write_model() {
    at::manual_seed(3);
    nn::ModelFile model;
    model.name = "small";
    nn::CxrNetOptions options;
    options.encoder.architecture = nn::Architecture::resnet34;
    options.encoder.width = 0.125;
    options.decoder.widths = {8, 8, 8, 8, 8};
    model.classifier = nn::CxrNet(options);
    model.segmenter = nn::UNet(nn::UNetOptions{.base_width = 2, .levels = 2});
    const at::NoGradGuard no_grad;
    model.segmenter->named_parameters()["output.weight"].zero_();
    model.segmenter->named_parameters()["output.bias"].fill_(3.0);
    model.preprocessing.size = 64;
    nn::save_model(path("model.safetensors"), model);
  }

  static void write_phantom() {
    imaging::PhantomOptions options;
    options.size = 160;
    folder_->write("good.png", imaging::encode_png(imaging::render_phantom(options).image));
  }

  // Runs `cxrnet <arguments>`; `before` stands in the shell before it, such as a limit.
  static Outcome run(const std::string& arguments, const std::string& before = "") {
    const std::string command = before + " '" CXRNET_PROGRAM "' " + arguments + " >" +
                                path("stdout").string() + " 2>" + path("stderr").string();
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(path("stdout")),
            read_text(path("stderr"))};
  }

  static std::string predict(const std::string& inputs, const std::string& out) {
    return "predict " + inputs + " --model " + path("model.safetensors").string() + " --out " +
           path(out).string() + " --json --threads 1";
  }

  // The names in a folder, without the list that the program keeps there.
  static std::set<std::string> names(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
      names.insert(entry.path().filename().string());
    names.erase(OutputRecord::kFileName);
    return names;
  }

  // Every file below a folder by its path, with its bytes.
  static std::map<std::string, std::string> contents(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file())
        files[entry.path().lexically_relative(folder).string()] = read_text(entry.path());
    }
    return files;
  }

  inline static TemporaryFolder* folder_ = nullptr;
};

}  // namespace cxrnet::app
