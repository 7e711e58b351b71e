// Where a run begins, what it leaves behind and how it goes on.
#include <torch/nn/module.h>

#include <system_error>

#include "cxrnet/core/error.h"
#include "cxrnet/core/fingerprint.h"
#include "cxrnet/train/run_folder.h"
#include "cxrnet/train/trainer.h"

namespace cxrnet::train {
namespace {

constexpr std::size_t kNamedDifferences = 8;

// Which records train and which validate.
std::string fingerprint_of_sides(const Sides& sides) {
  Fingerprint fingerprint;
  for (const auto* side : {&sides.training, &sides.validation}) {
    for (const auto index : *side) fingerprint.update(std::to_string(index) + ",");
    fingerprint.update(";");
  }
  return fingerprint.hex();
}

uint64_t bytes_of(const Safetensors& file) {
  uint64_t bytes = 0;
  for (const auto& [name, tensor] : file.tensors) bytes += tensor.nbytes();
  return bytes;
}

[[noreturn]] void throw_other_run(const nlohmann::json& then, const nlohmann::json& now) {
  auto found = differences(then, now);
  if (found.size() > kNamedDifferences) {
    const auto more = found.size() - kNamedDifferences;
    found.resize(kNamedDifferences);
    found.push_back("and " + std::to_string(more) + " more");
  }
  throw Error(ErrorCode::invalid_option,
              "resume: expected the options, seed and data that the run was started with, got "
              "others: " +
                  join(found, "; ") +
                  "; repeat the run's own, throw it away by --restart, or name another --out");
}

}  // namespace

void Trainer::begin() {
  std::error_code failure;
  std::filesystem::create_directories(folder_, failure);
  if (failure) {
    throw Error(
        failure == std::errc::no_space_on_device ? ErrorCode::disk_full : ErrorCode::write_failed,
        "out: expected a folder that can be made, got '" + failure.message() +
            "'; choose another with --out");
  }
  if (!begun_) save_last();
  begun_ = true;
}

OutputNeed Trainer::output_need() const {
  const auto last = bytes_of(last_checkpoint());
  Safetensors network;
  save_network(network, task_.network());
  const auto best = bytes_of(network);
  // A file and the one that takes its place are there together; the model has half the bytes.
  return {.bytes = 2 * last + 2 * best + best / 2, .largest_file = last};
}

// The fingerprint of a run that may be older than an option: it ran with the default. What older
// programs did not note is believed to be the same.
nlohmann::json Trainer::completed(nlohmann::json run) const {
  const auto now = fingerprint();
  const auto defaults = options_to_json(TrainingOptions{});
  for (const auto& [name, value] : now.at("options").items()) {
    if (!run.at("options").contains(name)) run["options"][name] = defaults.at(name);
  }
  for (const auto& [name, value] : now.items()) {
    if (!run.contains(name)) run[name] = value;
  }
  return run;
}

// What must be the same for a run to go on: a resumed run under other options would be neither run.
nlohmann::json Trainer::fingerprint() const {
  auto options = options_to_json(options_);
  for (const char* harmless : {"stop-after", "workers", "device", "cuda-graphs"})
    options.erase(harmless);
  return {{"task", task_.name()},
          {"data", dataset_.fingerprint()},
          {"sides", fingerprint_of_sides(sides_)},
          {"seed", seed_},
          {"options", options},
          {"facts", facts_},
          {"loss", task_.loss_options()}};
}

void Trainer::resume() {
  const auto path = folder_ / kLastCheckpoint;
  if (!std::filesystem::exists(path)) {
    throw Error(ErrorCode::not_found,
                "resume: expected a checkpoint in the output folder, got none; "
                "start without --resume, or name the run's folder with --out");
  }
  const auto checkpoint = read_safetensors(path);
  const auto state = nlohmann::json::parse(
      checkpoint.metadata.count("state") != 0 ? checkpoint.metadata.at("state") : "{}", nullptr,
      false);
  if (!state.is_object() || state.value("schema", "") != kCheckpointSchema) {
    throw Error(ErrorCode::model_version, std::string("resume: expected a checkpoint of format ") +
                                              kCheckpointSchema +
                                              ", got another file; start anew by --restart");
  }
  if (const auto started = completed(state.at("run")); started != fingerprint())
    throw_other_run(started, fingerprint());
  progress_ = progress_from_json(state.at("progress"));
  load_network(checkpoint, task_.network());
  adam_.load(checkpoint);
  if (options_.average_decay > 0.0) average_.load(checkpoint);
  load_generators(checkpoint, device_);
}

Safetensors Trainer::last_checkpoint() const {
  Safetensors checkpoint;
  save_network(checkpoint, task_.network());
  adam_.save(checkpoint);
  if (options_.average_decay > 0.0) average_.save(checkpoint);
  save_generators(checkpoint, device_);
  checkpoint.metadata["state"] = nlohmann::json{
      {"schema", kCheckpointSchema},
      {"run", fingerprint()},
      {"progress",
       to_json(progress_)}}.dump();
  return checkpoint;
}

void Trainer::save_last() const { write_safetensors(folder_ / kLastCheckpoint, last_checkpoint()); }

void Trainer::save_best() {
  Safetensors checkpoint;
  save_network(checkpoint, task_.network());
  checkpoint.metadata["state"] = nlohmann::json{
      {"schema", kCheckpointSchema},
      {"run", fingerprint()},
      {"progress",
       to_json(progress_)}}.dump();
  write_safetensors(folder_ / kBestCheckpoint, checkpoint);
}

void Trainer::load_best() {
  const auto path = folder_ / kBestCheckpoint;
  if (!std::filesystem::exists(path)) {
    throw Error(ErrorCode::not_found,
                "training: expected a finished epoch, got none; let the run go on with --resume");
  }
  load_network(read_safetensors(path), task_.network());
  task_.network().eval();
}

}  // namespace cxrnet::train
