#include "cxrnet/nn/layer_table.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace cxrnet::nn {
namespace {

// The operators that layers with parameters call, and which argument tells the layer: its weight,
// or its bias where the weight is handed over transposed (libtorch 1.13's linear layer).
struct Operator {
  std::string_view name;
  std::size_t argument;
  const char* type;
};
constexpr std::array<Operator, 4> kOperators{{{"aten::conv2d", 1, "conv"},
                                              {"aten::linear", 1, "linear"},
                                              {"aten::addmm", 0, "linear"},
                                              {"aten::batch_norm", 1, "batch norm"}}};
constexpr std::size_t kStrideArgument = 3;  // of conv2d

const Operator* find_operator(std::string_view name) {
  const auto* found = std::find_if(kOperators.begin(), kOperators.end(),
                                   [name](const Operator& each) { return each.name == name; });
  return found == kOperators.end() ? nullptr : found;
}

std::string describe_type(const Operator& op, const at::Tensor& weight,
                          c10::ArrayRef<const c10::IValue> inputs) {
  std::string text = op.type;
  if (weight.dim() != 4) return text;
  text += " " + std::to_string(weight.size(2)) + "x" + std::to_string(weight.size(3));
  const auto stride = inputs.at(kStrideArgument).toIntVector().front();
  return stride == 1 ? text : text + " /" + std::to_string(stride);
}

struct ObservedLayer final : at::ObserverContext {
  LayerRow row;
  int64_t macs_per_output = 0;
};

// Knows a module's layers by their parameters and notes each run of one.
class LayerRecorder {
 public:
  explicit LayerRecorder(const torch::nn::Module& module) {
    for (const auto& item : module.named_parameters()) {
      const auto dot = item.key().rfind('.');
      const auto name = item.key().substr(0, dot);
      auto& layer = layers_[name];
      layer.parameters += item.value().numel();
      if (item.key().substr(dot + 1) == "weight") layer.weight = item.value();
      names_[item.value().unsafeGetTensorImpl()] = name;
    }
  }

  // Null for operators that are no layer of the module, and for those that a noted one calls
  // itself.
  std::unique_ptr<ObservedLayer> start(const at::RecordFunction& op) {
    const auto* known = find_operator(op.name());
    if (known == nullptr || inside_layer_) return nullptr;
    const auto inputs = op.inputs();
    const auto name = names_.find(inputs.at(known->argument).toTensor().unsafeGetTensorImpl());
    if (name == names_.end()) return nullptr;
    const auto& [weight, parameters] = layers_.at(name->second);
    auto observed = std::make_unique<ObservedLayer>();
    observed->row = {.name = name->second,
                     .type = describe_type(*known, weight, inputs),
                     .output_shape = {},
                     .parameters = parameters,
                     .macs = 0};
    if (weight.dim() >= 2) observed->macs_per_output = weight.numel() / weight.size(0);
    inside_layer_ = true;
    return observed;
  }

  void finish(ObservedLayer& layer, const at::Tensor& output) {
    inside_layer_ = false;
    layer.row.output_shape = output.sizes().vec();
    layer.row.macs = layer.macs_per_output * output.numel();
    rows_.push_back(std::move(layer.row));
  }

  std::vector<LayerRow> take_rows() { return std::move(rows_); }

 private:
  struct Layer {
    at::Tensor weight;
    int64_t parameters = 0;
  };

  std::map<std::string, Layer> layers_;
  std::map<const c10::TensorImpl*, std::string> names_;
  std::vector<LayerRow> rows_;
  bool inside_layer_ = false;
};

// Torch's callbacks are plain functions, hence the pointer; it is set only while Observation lives.
thread_local LayerRecorder* active_recorder = nullptr;

std::unique_ptr<at::ObserverContext> on_start(const at::RecordFunction& op) {
  return active_recorder == nullptr ? nullptr : active_recorder->start(op);
}

void on_end(const at::RecordFunction& op, at::ObserverContext* context) {
  if (active_recorder == nullptr || context == nullptr) return;
  active_recorder->finish(*static_cast<ObservedLayer*>(context), op.outputs().at(0).toTensor());
}

class Observation {
 public:
  explicit Observation(LayerRecorder& recorder)
      : handle_(at::addThreadLocalCallback(at::RecordFunctionCallback(on_start, on_end)
                                               .needsInputs(true)
                                               .needsOutputs(true)
                                               .scopes({at::RecordScope::FUNCTION}))) {
    active_recorder = &recorder;
  }
  ~Observation() {
    active_recorder = nullptr;
    at::removeCallback(handle_);
  }
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;

 private:
  at::RecordFunctionGuard enabled_;
  at::CallbackHandle handle_;
};

// Runs `run` in evaluation mode without gradients and restores the mode.
LayerTable describe_in_evaluation(torch::nn::Module& module, const std::function<void()>& run) {
  const at::NoGradGuard no_grad;
  const bool was_training = module.is_training();
  module.eval();
  auto table = describe_layers(module, run);
  module.train(was_training);
  return table;
}

}  // namespace

LayerTable describe_layers(const torch::nn::Module& module, const std::function<void()>& run) {
  LayerRecorder recorder(module);
  {
    const Observation observation(recorder);
    run();
  }
  LayerTable table{.rows = recorder.take_rows()};
  for (const auto& row : table.rows) table.macs += row.macs;
  for (const auto& parameter : module.parameters()) table.parameters += parameter.numel();
  return table;
}

LayerTable describe_layers(CxrNet& network, int64_t size) {
  return describe_in_evaluation(*network, [&] { network->explain(at::zeros({1, 1, size, size})); });
}

LayerTable describe_layers(UNet& network, int64_t size) {
  return describe_in_evaluation(*network, [&] { network->forward(at::zeros({1, 1, size, size})); });
}

}  // namespace cxrnet::nn
