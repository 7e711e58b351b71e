#include "cxrnet/engine/trace.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

#include <string>
#include <unordered_map>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/core/kernel_creation.h"
#include "cxrnet/core/threads.h"
#include "record.h"
#include "uncomputed_convolutions.h"

namespace cxrnet::engine {
namespace {

using torch::jit::Stack;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::internal,
              "network: expected operations on tensors, got " + what + "; report this");
}

Shape shape_of(const torch::jit::Value* value) {
  const auto type = value->type()->cast<c10::TensorType>();
  if (!type || !type->sizes().concrete_sizes()) refuse("a value without a shape");
  return *type->sizes().concrete_sizes();
}

at::ScalarType type_of(const torch::jit::Value* value) {
  return value->type()->expect<c10::TensorType>()->scalarType().value_or(at::kFloat);
}

Pair pair_of(const c10::IValue& value) {
  const auto list = value.toIntVector();
  return {list.front(), list.back()};  // one number stands for both
}

double number_of(const c10::IValue& value) {
  return value.isTensor() ? value.toTensor().item<double>() : value.toScalar().toDouble();
}

// Reads torch's graph from top to bottom into the engine's.
class Translator {
 public:
  Graph translate(const torch::jit::Graph& source) {
    values_[source.inputs()[0]] = graph_.add_value(shape_of(source.inputs()[0]));
    for (const auto* node : source.nodes()) add(node);
    for (const auto* output : source.outputs()) graph_.outputs.push_back(values_.at(output));
    return std::move(graph_);
  }

 private:
  void add(const torch::jit::Node* node) {
    if (node->outputs().size() != 1) refuse(node->kind().toQualString());
    if (node->kind() == c10::prim::Constant) {
      constants_[node->output()] = *torch::jit::toIValue(node->output());
    } else if (node->kind() == c10::prim::ListConstruct) {
      add_list(node);
    } else if (all_constant(node)) {
      constants_[node->output()] = run(node);
    } else {
      add_operation(node);
    }
  }

  void add_list(const torch::jit::Node* node) {
    if (!all_constant(node)) {
      lists_[node->output()] = node;
      return;
    }
    std::vector<int64_t> numbers;
    for (const auto* input : node->inputs()) numbers.push_back(constants_.at(input).toInt());
    constants_[node->output()] = numbers;
  }

  bool all_constant(const torch::jit::Node* node) const {
    for (const auto* input : node->inputs()) {
      if (!constants_.contains(input)) return false;
    }
    return true;
  }

  c10::IValue run(const torch::jit::Node* node) const {
    Stack stack;
    for (const auto* input : node->inputs()) stack.push_back(constants_.at(input));
    node->getOperation()(stack);
    return stack.back();
  }

  void add_operation(const torch::jit::Node* node);
  bool passes_through(const torch::jit::Node* node) const;
  std::optional<Operation> read(const torch::jit::Node* node) const;
  Convolution read_convolution(const torch::jit::Node* node) const;
  BatchNorm read_batch_norm(const torch::jit::Node* node) const;
  std::optional<Pool> read_pool(const torch::jit::Node* node) const;
  HostOperation read_host(const torch::jit::Node* node) const;
  bool expands_channels_alone(const torch::jit::Node* node) const;
  bool enlarges_by_whole_numbers(const torch::jit::Node* node) const;
  std::vector<ValueId> tensor_inputs(const torch::jit::Node* node) const;

  const c10::IValue& constant(const torch::jit::Node* node, std::size_t index) const {
    return constants_.at(node->inputs()[index]);
  }
  bool is_constant(const torch::jit::Node* node, std::size_t index) const {
    return constants_.contains(node->inputs()[index]);
  }
  at::Tensor weight(const torch::jit::Node* node, std::size_t index) const {
    return constant(node, index).toTensor();
  }
  Shape input_shape(const torch::jit::Node* node) const { return shape_of(node->inputs()[0]); }

  Graph graph_;
  std::unordered_map<const torch::jit::Value*, ValueId> values_;
  std::unordered_map<const torch::jit::Value*, c10::IValue> constants_;
  std::unordered_map<const torch::jit::Value*, const torch::jit::Node*> lists_;
};

void Translator::add_operation(const torch::jit::Node* node) {
  if (passes_through(node)) {
    values_[node->output()] = values_.at(node->inputs()[0]);
    return;
  }
  auto operation = read(node);
  auto inputs = tensor_inputs(node);
  const auto type = type_of(node->output());
  if (type != at::kFloat && type != at::kBool) refuse("numbers other than f32 and bool");
  if (operation && node->kind() == c10::Symbol::fromQualString("aten::expand")) {
    inputs.assign(static_cast<std::size_t>(shape_of(node->output())[1]), inputs[0]);
  } else if (operation && std::holds_alternative<Linear>(*operation)) {
    inputs = {inputs.back()};
  }
  const auto output = graph_.add_value(shape_of(node->output()), type);
  values_[node->output()] = output;
  graph_.nodes.push_back(
      {operation ? *std::move(operation) : Operation(read_host(node)), std::move(inputs), output});
}

// Operations that leave their input as it is, here.
bool Translator::passes_through(const torch::jit::Node* node) const {
  const std::string name = node->kind().toQualString();
  if (name == "aten::dropout" || name == "aten::contiguous" || name == "aten::detach") return true;
  if (name != "aten::to" && name != "aten::expand") return false;
  return type_of(node->inputs()[0]) == type_of(node->output()) &&
         shape_of(node->inputs()[0]) == shape_of(node->output());
}

std::optional<Operation> Translator::read(const torch::jit::Node* node) const {
  const std::string name = node->kind().toQualString();
  if (name == "aten::_convolution" || name == "aten::convolution") return read_convolution(node);
  if (name == "aten::batch_norm") return read_batch_norm(node);
  if (name == "aten::relu") return Activation{Activation::Kind::rectifier, 0.0};
  if (name == "aten::leaky_relu")
    return Activation{Activation::Kind::rectifier, number_of(constant(node, 1))};
  if (name == "aten::sigmoid") return Activation{Activation::Kind::sigmoid, 0.0};
  if (name == "aten::max_pool2d" || name == "aten::avg_pool2d") return read_pool(node);
  if (name == "aten::adaptive_avg_pool2d" && constant(node, 1).toIntVector() == Shape{1, 1})
    return GlobalAverage{};
  if (name == "aten::flatten" && input_shape(node).size() == 4 && input_shape(node)[2] == 1 &&
      input_shape(node)[3] == 1)
    return Flatten{};
  if (name == "aten::addmm" && is_constant(node, 0) && is_constant(node, 2))
    return Linear{weight(node, 2).t(), weight(node, 0)};
  if (name == "aten::linear") return Linear{weight(node, 1), weight(node, 2)};
  if (name == "aten::cat" && constant(node, 1).toInt() == 1) return Concat{};
  if (name == "aten::expand" && expands_channels_alone(node)) return Concat{};
  if (name == "aten::pixel_shuffle" && constant(node, 1).toInt() == 2) return PixelShuffle{};
  if (name == "aten::upsample_bilinear2d" && !constant(node, 2).toBool())
    return Resize{Resize::Kind::bilinear};
  if (name == "aten::upsample_nearest2d" && enlarges_by_whole_numbers(node))
    return Resize{Resize::Kind::nearest};
  if (name == "aten::add" && !is_constant(node, 1) &&
      shape_of(node->inputs()[1]) == input_shape(node) && number_of(constant(node, 2)) == 1.0)
    return Sum{};
  if (name == "aten::sub" && is_constant(node, 1) && number_of(constant(node, 2)) == 1.0)
    return Affine{1.0, -number_of(constant(node, 1))};
  if (name == "aten::div" && is_constant(node, 1) && node->inputs().size() == 2)
    return Affine{1.0 / number_of(constant(node, 1)), 0.0};
  return std::nullopt;
}

bool Translator::expands_channels_alone(const torch::jit::Node* node) const {
  const auto from = input_shape(node);
  const auto to = shape_of(node->output());
  return from.size() == 4 && from[1] == 1 && from[2] == to[2] && from[3] == to[3];
}

// Where torch and oneDNN agree which pixel is the nearest.
bool Translator::enlarges_by_whole_numbers(const torch::jit::Node* node) const {
  const auto from = input_shape(node);
  const auto to = shape_of(node->output());
  return to[2] % from[2] == 0 && to[3] % from[3] == 0;
}

Convolution Translator::read_convolution(const torch::jit::Node* node) const {
  for (const auto padding : constant(node, 7).toIntVector()) {
    if (padding != 0) refuse("a transposed convolution with output padding");
  }
  Convolution conv{.weight = weight(node, 1),
                   .bias = {},
                   .stride = pair_of(constant(node, 3)),
                   .padding = pair_of(constant(node, 4)),
                   .dilation = pair_of(constant(node, 5)),
                   .groups = constant(node, 8).toInt(),
                   .transposed = constant(node, 6).toBool()};
  const auto channels = conv.transposed ? conv.weight.size(1) : conv.weight.size(0);
  const auto& bias = constant(node, 2);
  conv.bias = bias.isNone() ? at::zeros({channels}) : bias.toTensor();
  return conv;
}

// (x - mean) / sqrt(variance + epsilon) x weight + bias
BatchNorm Translator::read_batch_norm(const torch::jit::Node* node) const {
  if (constant(node, 5).toBool()) refuse("batch norm in training mode");
  const auto deviation = (weight(node, 4).to(at::kDouble) + number_of(constant(node, 7))).sqrt();
  const auto scale = weight(node, 1).to(at::kDouble) / deviation;
  const auto shift = weight(node, 2).to(at::kDouble) - weight(node, 3).to(at::kDouble) * scale;
  return {.scale = scale.to(at::kFloat), .shift = shift.to(at::kFloat)};
}

// Sizes that the engine does not know (rounding up, dilation, other divisors) are left to libtorch.
std::optional<Pool> Translator::read_pool(const torch::jit::Node* node) const {
  const bool maximum = node->kind() == c10::Symbol::fromQualString("aten::max_pool2d");
  const bool plain =
      maximum
          ? pair_of(constant(node, 4)) == Pair{1, 1} && !constant(node, 5).toBool()
          : !constant(node, 4).toBool() && constant(node, 5).toBool() && constant(node, 6).isNone();
  if (!plain) return std::nullopt;
  const auto kernel = pair_of(constant(node, 1));
  const auto& stride = constant(node, 2);
  return Pool{.kind = maximum ? Pool::Kind::maximum : Pool::Kind::average,
              .kernel = kernel,
              .stride = stride.toIntVector().empty() ? kernel : pair_of(stride),
              .padding = pair_of(constant(node, 3))};
}

HostOperation Translator::read_host(const torch::jit::Node* node) const {
  HostOperation host{.name = node->kind().toQualString(), .arguments = {}, .run = {}};
  for (const auto* input : node->inputs()) {
    if (lists_.contains(input)) refuse(host.name + " of a list");
    const auto found = constants_.find(input);
    host.arguments.push_back(found == constants_.end() ? std::nullopt
                                                       : std::optional(found->second));
  }
  host.run = [operation = node->getOperation()](Stack& stack) mutable { operation(stack); };
  return host;
}

std::vector<ValueId> Translator::tensor_inputs(const torch::jit::Node* node) const {
  std::vector<ValueId> inputs;
  for (const auto* input : node->inputs()) {
    if (const auto list = lists_.find(input); list != lists_.end()) {
      for (const auto* element : list->second->inputs()) inputs.push_back(values_.at(element));
    } else if (!constants_.contains(input)) {
      inputs.push_back(values_.at(input));
    }
  }
  return inputs;
}

}  // namespace

std::shared_ptr<torch::jit::Graph> record(const Function& function, Pair size) {
  const at::NoGradGuard no_grad;
  const ComputeSerially another_network_may_be_traced;  // a cold run hardly gains by a team
  const KernelCreation creation(KernelCreation::Numbers::f32);
  const UncomputedConvolutions only_their_shapes_matter;
  const auto traced = torch::jit::tracer::trace(
      {at::zeros({1, 1, size[0], size[1]})},
      [&function](Stack inputs) {
        Stack outputs;
        for (auto& output : function(inputs[0].toTensor())) outputs.emplace_back(std::move(output));
        return outputs;
      },
      [](const at::Tensor&) { return std::string(); }, /*strict=*/true, /*force_outplace=*/true);
  return traced.first->graph;
}

Graph trace(const Function& function, Pair size) {
  return Translator().translate(*record(function, size));
}

}  // namespace cxrnet::engine
