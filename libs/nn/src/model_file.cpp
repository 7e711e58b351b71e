#include "cxrnet/nn/model_file.h"

#include <future>
#include <map>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/options.h"
#include "cxrnet/core/safetensors.h"
#include "cxrnet/core/shape.h"
#include "cxrnet/core/threads.h"
#include "golden_pair.h"
#include "undrawn_weights.h"

namespace cxrnet::nn {
namespace {

using nlohmann::json;
using TensorsByName = std::map<std::string, at::Tensor>;

constexpr const char* kFormatKey = "format";
constexpr const char* kModelKey = "model";

[[noreturn]] void reject(const std::string& expected, const std::string& got) {
  throw Error(ErrorCode::corrupt_model,
              "model file: expected " + expected + ", got " + got + "; fetch the file again");
}

// Batch counters do not affect what a network computes.
TensorsByName state_of(const torch::nn::Module& network, const std::string& prefix) {
  TensorsByName state;
  for (const auto& item : network.named_parameters()) state[prefix + item.key()] = item.value();
  for (const auto& item : network.named_buffers()) {
    if (!item.key().ends_with("num_batches_tracked")) state[prefix + item.key()] = item.value();
  }
  return state;
}

// Every network's tensors, under the names that they have in the file.
TensorsByName state_of(const ModelFile& model) {
  TensorsByName state;
  if (!model.classifier.is_empty()) state.merge(state_of(*model.classifier, "classifier."));
  if (!model.segmenter.is_empty()) state.merge(state_of(*model.segmenter, "segmenter."));
  return state;
}

// Weights may be halved; norms, biases and statistics are few and sensitive and stay f32.
at::Tensor to_stored(const at::Tensor& tensor, at::ScalarType dtype) {
  const auto stored =
      tensor.detach().to(at::kCPU, tensor.dim() >= 2 ? dtype : at::kFloat).contiguous();
  if (at::isfinite(stored).all().item<bool>()) return stored;
  throw Error(ErrorCode::diverged,
              "model weights: expected finite numbers, got others; save as float or train again");
}

// FNV-1a, 64 bits, over names and bytes: the golden pair alone would miss a small damage.
std::string checksum(const TensorsByName& tensors) {
  uint64_t hash = 0xCBF29CE484222325ULL;
  const auto add = [&hash](const char* bytes, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      hash = (hash ^ static_cast<unsigned char>(bytes[i])) * 0x100000001B3ULL;
  };
  for (const auto& [name, tensor] : tensors) {
    add(name.data(), name.size());
    add(static_cast<const char*>(tensor.data_ptr()), tensor.nbytes());
  }
  return std::to_string(hash);
}

json ood_to_json(const OutOfDistribution& ood) {
  return {{"distance_threshold", ood.distance_threshold},
          {"lung_fraction_low", ood.lung_fraction_low},
          {"lung_fraction_high", ood.lung_fraction_high},
          {"fitted", ood.fitted}};
}

json describe(const ModelFile& model, at::ScalarType dtype) {
  json description{{"name", model.name},
                   {"labels", kLabels},
                   {"preprocessing", options_to_json(model.preprocessing)},
                   {"calibration",
                    {{"temperature", model.calibration.temperature},
                     {"fitted", model.calibration.fitted},
                     {"offsets", model.calibration.offsets}}},
                   {"ood", ood_to_json(model.ood)},
                   {"provenance", model.provenance},
                   {"licence", model.licence},
                   {"card", model.card},
                   {"int8_ranges", model.int8_ranges},
                   {"dtype", dtype == at::kHalf ? "float16" : "float32"}};
  if (!model.classifier.is_empty())
    description["classifier"] = options_to_json(model.classifier->options());
  if (!model.segmenter.is_empty())
    description["segmenter"] = options_to_json(model.segmenter->options());
  return description;
}

template <class Network, class Options>
Network build(const json& description, const char* name) {
  const auto found = description.find(name);
  if (found == description.end()) return Network{nullptr};
  Options options;
  options_from_json(*found, options);
  const UndrawnWeights all_come_from_the_file;
  Network network(options);
  network->eval();
  return network;
}

OutOfDistribution ood_from(const json& facts, const TensorsByName& tensors) {
  OutOfDistribution ood;
  ood.distance_threshold = facts.at("distance_threshold").get<double>();
  ood.lung_fraction_low = facts.at("lung_fraction_low").get<double>();
  ood.lung_fraction_high = facts.at("lung_fraction_high").get<double>();
  ood.fitted = facts.at("fitted").get<bool>();
  const auto take = [&tensors](const char* name) {
    const auto found = tensors.find(name);
    return found == tensors.end()
               ? at::Tensor()
               : found->second.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  };
  ood.class_means = take("ood.class_means");
  ood.variance = take("ood.variance");
  return ood;
}

// Networks whose weights are still missing, and everything else as the description says.
ModelFile from_description(const json& description, const TensorsByName& tensors) {
  ModelFile model;
  if (description.at("labels") != json(kLabels))
    reject("the labels of this program", "other labels");
  description.at("name").get_to(model.name);
  options_from_json(description.at("preprocessing"), model.preprocessing);
  description.at("calibration").at("temperature").get_to(model.calibration.temperature);
  description.at("calibration").at("fitted").get_to(model.calibration.fitted);
  model.calibration.offsets =
      description.at("calibration").value("offsets", std::vector<double>());  // older: none
  model.ood = ood_from(description.at("ood"), tensors);
  model.provenance = description.at("provenance");
  description.at("licence").get_to(model.licence);
  model.card = description.at("card");
  model.int8_ranges = description.value("int8_ranges", json::object());  // older files have none
  model.classifier = build<CxrNet, CxrNetOptions>(description, "classifier");
  model.segmenter = build<UNet, UNetOptions>(description, "segmenter");
  return model;
}

void fill(const ModelFile& model, const TensorsByName& tensors) {
  const at::NoGradGuard no_grad;
  const auto state = state_of(model);
  for (const auto& [name, tensor] : tensors) {
    if (name.rfind("ood.", 0) != 0 && state.count(name) == 0)
      reject("only tensors of its networks", "'" + name + "'");
  }
  for (const auto& [name, target] : state) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) reject("a tensor '" + name + "'", "none");
    if (found->second.sizes() != target.sizes())
      reject("another shape of '" + name + "'", "the shape of another network");
    target.copy_(found->second);
  }
}

// A classifier's statistics must fit its features, and a temperature must be one to divide by.
void require_usable_figures(const ModelFile& model) {
  if (!(model.calibration.temperature > 0.0)) reject("a temperature above 0", "another");
  if (!model.ood.fitted || model.classifier.is_empty()) return;
  auto classifier = model.classifier;
  const auto features = classifier->encoder().channels().back();
  require_shape(model.ood.class_means, {classifier->options().classes, features},
                "ood.class_means");
  require_shape(model.ood.variance, {features}, "ood.variance");
}

void require_format(const Safetensors& file) {
  const auto format = file.metadata.find(kFormatKey);
  if (format == file.metadata.end()) reject("a cxrnet model", "safetensors of another kind");
  if (format->second == kModelFormat) return;
  throw Error(ErrorCode::model_version, "model file: expected format " + std::string(kModelFormat) +
                                            ", got '" + format->second +
                                            "'; use the program version that wrote it");
}

json read_description(const Safetensors& file) {
  require_format(file);
  const auto description = file.metadata.find(kModelKey);
  if (description == file.metadata.end()) reject("a description", "none");
  auto parsed = json::parse(description->second, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) reject("a description that is a JSON object", "something else");
  return parsed;
}

// Rebuilds the model as a reader of the file would see it.
ModelFile restore(const json& description, const TensorsByName& tensors) {
  auto model = from_description(description, tensors);
  fill(model, tensors);
  require_usable_figures(model);
  return model;
}

}  // namespace

std::string format_model(const ModelFile& model, at::ScalarType dtype) {
  if (model.classifier.is_empty() && model.segmenter.is_empty()) {
    throw Error(ErrorCode::invalid_option,
                "model: expected a classifier or a segmenter, got neither; train one first");
  }
  if (dtype != at::kHalf && dtype != at::kFloat) {
    throw Error(ErrorCode::invalid_option,
                "model: expected weights of type half or float, got another; choose one");
  }
  Safetensors file;
  for (const auto& [name, tensor] : state_of(model)) file.tensors[name] = to_stored(tensor, dtype);
  if (model.ood.class_means.defined())
    file.tensors["ood.class_means"] = to_stored(model.ood.class_means, at::kFloat);
  if (model.ood.variance.defined())
    file.tensors["ood.variance"] = to_stored(model.ood.variance, at::kFloat);
  auto description = describe(model, dtype);
  description["checksum"] = checksum(file.tensors);
  description["golden"] = compute_golden(restore(description, file.tensors));
  file.metadata = {{kFormatKey, std::string(kModelFormat)}, {kModelKey, description.dump()}};
  return format_safetensors(file);
}

void save_model(const std::filesystem::path& path, const ModelFile& model, at::ScalarType dtype) {
  write_file_atomically(path, format_model(model, dtype));
}

ModelFile parse_model(std::string_view bytes) {
  const ComputeSerially checksums_have_the_other_threads;
  const auto file = view_safetensors(bytes);
  const auto description = read_description(file);
  auto actual_checksum = std::async([&] { return checksum(file.tensors); });
  try {
    auto model = restore(description, file.tensors);
    const auto answers = compute_golden(model);  // meanwhile the checksum is ready
    if (description.at("checksum") != actual_checksum.get())
      reject("undamaged weights", "another checksum");
    require_golden(description.at("golden"), answers);
    return model;
  } catch (const json::exception&) {
    reject("a complete description", "one with a missing or wrong entry");
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_option && error.code() != ErrorCode::invalid_shape)
      throw;
    throw Error(ErrorCode::corrupt_model, std::string("model file: ") + error.what());
  }
}

ModelFile load_model(const std::filesystem::path& path) {
  return parse_model(read_file(path, kMaxLargeFileBytes));
}

json describe_model(const std::filesystem::path& path) {
  const auto file = read_safetensors(path);
  auto description = read_description(file);
  int64_t parameters = 0;
  for (const auto& [name, tensor] : file.tensors) {
    if (name.rfind("ood.", 0) != 0) parameters += tensor.numel();
  }
  description["format"] = kModelFormat;
  description["stored_numbers"] = parameters;
  return description;
}

}  // namespace cxrnet::nn
