// Convolutions: which of oneDNN's kernels, and what is fused into it.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <utility>

#include "graph_compiler.h"

namespace cxrnet::engine {
namespace {

using dnnl::algorithm;
using dnnl::prop_kind;

constexpr int64_t kWinogradChannels = 32;  // below, its transforms cost more than they save

bool suits_winograd(const Convolution& conv) {
  return conv.weight.size(1) >= kWinogradChannels && conv.weight.size(2) == 3 &&
         conv.weight.size(3) == 3 && conv.stride == Pair{1, 1} && conv.dilation == Pair{1, 1};
}

void append_activation(dnnl::post_ops& after, const Activation& activation) {
  if (activation.kind == Activation::Kind::none) return;
  after.append_eltwise(1.0F, algorithm_of(activation),
                       static_cast<float>(activation.negative_slope), 0.0F);
}

std::vector<float> numbers_of(const at::Tensor& tensor) {
  const auto contiguous = tensor.to(at::kFloat).contiguous();
  return {contiguous.data_ptr<float>(), contiguous.data_ptr<float>() + contiguous.numel()};
}

dnnl::primitive_attr attributes_of(const Activation& activation, bool adds) {
  dnnl::post_ops after;
  if (adds) after.append_sum();
  append_activation(after, activation);
  auto attributes = with_user_scratch();
  attributes.set_post_ops(after);
  return attributes;
}

// oneDNN counts a dilation of torch's 1 as 0.
dnnl::memory::dims dilates_of(const Convolution& conv) {
  return {conv.dilation[0] - 1, conv.dilation[1] - 1};
}

dnnl::memory::desc bias_of(const Convolution& conv) {
  return {conv.bias.sizes().vec(), DataType::f32, Layout::x};
}

// With weights that are scaled already.
at::Tensor by_torch(const Convolution& conv, const std::vector<at::Tensor>& inputs) {
  auto result = at::convolution(inputs[0], conv.weight, conv.bias, conv.stride, conv.padding,
                                conv.dilation, conv.transposed, {0, 0}, conv.groups);
  if (inputs.size() > 1) result = result + inputs[1];
  switch (conv.activation.kind) {
    case Activation::Kind::none:
      return result;
    case Activation::Kind::rectifier:
      return at::leaky_relu(result, conv.activation.negative_slope);
    case Activation::Kind::sigmoid:
      return result.sigmoid();
  }
  return result;
}

}  // namespace

void GraphCompiler::operator()(const Convolution& conv) {
  const auto first = schedule_.steps.size();
  const bool done = conv.groups == 1 && (conv.transposed ? add_transposed_convolution(conv)
                                                         : add_quantised_convolution(conv) ||
                                                               add_winograd_convolution(conv) ||
                                                               add_direct_convolution(conv));
  if (!done) {
    auto scaled = conv;
    scaled.weight = conv.scaled_weight();
    add_torch([scaled](const std::vector<at::Tensor>& inputs) { return by_torch(scaled, inputs); });
  }
  for (auto i = first; i < schedule_.steps.size(); ++i) {
    auto& step = schedule_.steps[i].info;
    if (step.name != "reorder" && step.name != "activation")
      step.multiply_accumulates = multiply_accumulates(graph_, *node_) * images_;
  }
}

// 8-bit weights with a scale for each output channel. What leaves the 32-bit sum is stored as
// format_of says, real after an addend or a sigmoid.
bool GraphCompiler::add_quantised_convolution(const Convolution& conv) {
  const auto& range = graph_.values[input()].range;
  if (options_.precision != Precision::int8 || !range || !is_quantisable(*node_)) return false;
  const Format found{placed(input()).desc.data_type(), placed(input()).scale};
  const auto from = found.is_quantised() ? found : format_of_range(*range);
  const bool adds = node_->inputs.size() > 1;
  const bool is_real = adds || conv.activation.kind == Activation::Kind::sigmoid;
  const auto to = is_real ? Format{type_} : format_of(node_->output);

  const auto real_weight = conv.scaled_weight();
  const auto weight_scale = real_weight.flatten(1).abs().amax(1).clamp_min(1e-12) / kLargestSigned;
  const auto weight = (real_weight / weight_scale.view({-1, 1, 1, 1})).round();
  const auto sum_scale = weight_scale * from.scale;  // real numbers per unit of the 32-bit sum
  dnnl::post_ops after;
  if (adds) after.append_sum();
  append_activation(after, conv.activation);
  auto attributes = with_user_scratch();
  attributes.set_post_ops(after);
  attributes.set_output_scales(1 << 1, numbers_of(sum_scale / to.scale));

  const dnnl::convolution_forward::desc description(
      prop_kind::forward_inference, algorithm::convolution_direct,
      any_layout(shape(input()), from.type), any_layout(weight.sizes().vec(), DataType::s8),
      bias_of(conv), any_layout(shape(node_->output), to.type), dims_of(conv.stride),
      dilates_of(conv), dims_of(conv.padding), dims_of(conv.padding));
  const dnnl::convolution_forward::primitive_desc chosen(description, attributes, processor(),
                                                         /*allow_empty=*/true);
  if (!chosen) return false;
  const auto source = require(input(), chosen.src_desc(), from.scale);
  auto target = allocate_or_overwrite(chosen.dst_desc());
  target.scale = to.scale;
  add_primitive(chosen, {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}},
                {{DNNL_ARG_WEIGHTS, pack(weight, chosen.weights_desc())},
                 {DNNL_ARG_BIAS, pack(conv.bias / sum_scale, chosen.bias_desc())}});
  schedule_.steps.back().info.precision = Precision::int8;
  set_output(target);
  return true;
}

// Where a result goes: over the addend, which lies in the same layout, or into a new buffer.
Placement GraphCompiler::allocate_or_overwrite(const dnnl::memory::desc& desc) {
  return node_->inputs.size() == 1 ? allocate(desc) : require_to_overwrite(input(1), desc);
}

bool GraphCompiler::add_direct_convolution(const Convolution& conv) {
  return add_convolution(conv, algorithm::convolution_direct, conv.activation);
}

// oneDNN's Winograd kernels know ReLU alone; another activation follows as a step of its own.
bool GraphCompiler::add_winograd_convolution(const Convolution& conv) {
  if (!options_.winograd || options_.precision != Precision::f32 || !suits_winograd(conv))
    return false;
  if (add_convolution(conv, algorithm::convolution_winograd, conv.activation)) return true;
  if (!add_convolution(conv, algorithm::convolution_winograd, Activation{})) return false;
  const auto& map = placed(node_->output);
  add_activation(conv.activation, map, map);
  return true;
}

// False where oneDNN has no such kernel.
bool GraphCompiler::add_convolution(const Convolution& conv, algorithm kind,
                                    const Activation& activation) {
  const bool adds = node_->inputs.size() > 1;
  const dnnl::convolution_forward::desc description(
      prop_kind::forward_inference, kind, any_layout(shape(input()), type_),
      any_layout(conv.weight.sizes().vec(), type_), bias_of(conv),
      any_layout(shape(node_->output), type_), dims_of(conv.stride), dilates_of(conv),
      dims_of(conv.padding), dims_of(conv.padding));
  const dnnl::convolution_forward::primitive_desc chosen(
      description, attributes_of(activation, adds), processor(), /*allow_empty=*/true);
  if (!chosen) return false;
  const auto source = require(input(), chosen.src_desc());
  const auto target = allocate_or_overwrite(chosen.dst_desc());
  add_primitive(chosen, {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}},
                {{DNNL_ARG_WEIGHTS, pack(conv.scaled_weight(), chosen.weights_desc())},
                 {DNNL_ARG_BIAS, pack(conv.bias, chosen.bias_desc())}});
  set_output(target);
  return true;
}

bool GraphCompiler::add_transposed_convolution(const Convolution& conv) {
  if (node_->inputs.size() > 1 || conv.activation.kind != Activation::Kind::none) return false;
  const auto weight = conv.scaled_weight().transpose(0, 1);  // [O, I, kH, kW], as oneDNN counts
  const dnnl::deconvolution_forward::desc description(
      prop_kind::forward_inference, algorithm::deconvolution_direct,
      any_layout(shape(input()), type_), any_layout(weight.sizes().vec(), type_), bias_of(conv),
      any_layout(shape(node_->output), type_), dims_of(conv.stride), dilates_of(conv),
      dims_of(conv.padding), dims_of(conv.padding));
  const dnnl::deconvolution_forward::primitive_desc chosen(
      description, attributes_of(Activation{}, false), processor(), /*allow_empty=*/true);
  if (!chosen) return false;
  const auto source = require(input(), chosen.src_desc());
  const auto target = allocate(chosen.dst_desc());
  add_primitive(chosen, {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}},
                {{DNNL_ARG_WEIGHTS, pack(weight, chosen.weights_desc())},
                 {DNNL_ARG_BIAS, pack(conv.bias, chosen.bias_desc())}});
  set_output(target);
  return true;
}

}  // namespace cxrnet::engine
