// Every operation but convolutions: its kernel.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <cstring>
#include <utility>

#include "channel_copy.h"
#include "cxrnet/core/error.h"
#include "graph_compiler.h"

namespace cxrnet::engine {
namespace {

using dnnl::algorithm;
using dnnl::prop_kind;

std::size_t pixels_of(const Shape& shape) {
  return static_cast<std::size_t>(shape[0] * shape[2] * shape[3]);
}

bool is_channels_last(const dnnl::memory::desc& desc) {
  return desc.dims().size() == 4 && desc == channels_last(desc.dims(), desc.data_type());
}

dnnl::eltwise_forward::desc eltwise(algorithm kind, const dnnl::memory::desc& desc, double alpha,
                                    double beta) {
  return {prop_kind::forward_inference, kind, desc, static_cast<float>(alpha),
          static_cast<float>(beta)};
}

DataType storage_of(at::ScalarType type) {
  return type == at::kBool ? DataType::u8 : DataType::f32;
}

}  // namespace

void GraphCompiler::operator()(const BatchNorm& norm) {
  add_torch([norm](const std::vector<at::Tensor>& inputs) {
    return inputs[0] * norm.scale.view({1, -1, 1, 1}) + norm.shift.view({1, -1, 1, 1});
  });
}

void GraphCompiler::operator()(const Affine& affine) {
  const auto source = require_real(input());
  const auto target = allocate(source.desc);
  const dnnl::eltwise_forward::primitive_desc description(
      eltwise(algorithm::eltwise_linear, source.desc, affine.scale, affine.shift),
      with_user_scratch(), processor());
  add_primitive(description, {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}});
  set_output(target);
}

void GraphCompiler::operator()(const Activation& activation) {
  const auto source = require_real(input());
  const auto target = allocate(source.desc);
  add_activation(activation, source, target);
  set_output(target);
}

void GraphCompiler::add_activation(const Activation& activation, const Placement& source,
                                   const Placement& target) {
  const dnnl::eltwise_forward::primitive_desc description(
      eltwise(algorithm_of(activation), source.desc, activation.negative_slope, 0.0),
      with_user_scratch(), processor());
  add_primitive(description, {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}});
  schedule_.steps.back().info.name = "activation";
}

void GraphCompiler::add_pool(const Pool& pool, const Placement& source) {
  const auto kind = pool.kind == Pool::Kind::maximum ? algorithm::pooling_max
                                                     : algorithm::pooling_avg_include_padding;
  const auto& in = graph_.shape(input());
  const auto& out = graph_.shape(node_->output);
  dnnl::memory::dims after(2);  // what the last window reaches beyond the map
  for (std::size_t i = 0; i < 2; ++i)
    after[i] = (out[i + 2] - 1) * pool.stride[i] + pool.kernel[i] - in[i + 2] - pool.padding[i];
  const dnnl::pooling_forward::primitive_desc description(
      dnnl::pooling_forward::desc(prop_kind::forward_inference, kind, source.desc,
                                  any_layout(shape(node_->output), source.desc.data_type()),
                                  dims_of(pool.stride), dims_of(pool.kernel), dims_of(pool.padding),
                                  after),
      with_user_scratch(), processor());
  const auto target = allocate(description.dst_desc(), source.scale);
  add_primitive(description, {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}});
  set_output(target);
}

void GraphCompiler::operator()(const Pool& pool) { add_pool(pool, placed(input())); }

void GraphCompiler::operator()(const GlobalAverage&) {
  const auto& in = graph_.shape(input());
  const Pool whole{
      .kind = Pool::Kind::average, .kernel = {in[2], in[3]}, .stride = {1, 1}, .padding = {0, 0}};
  add_pool(whole, require_real(input()));
}

void GraphCompiler::operator()(const Flatten&) {
  const bool quantised = Format{placed(input()).desc.data_type()}.is_quantised();
  const auto type = quantised ? type_ : placed(input()).desc.data_type();
  auto rows = require(input(), plain(shape(input()), type));
  rows.desc = plain(shape(node_->output), rows.desc.data_type());
  set_output(rows);
}

// Inputs that their operations have already written here are left alone.
void GraphCompiler::operator()(const Concat&) {
  const auto output = node_->output;
  if (!placements_[output]) {
    const auto format = format_of(output);
    placements_[output] = allocate(channels_last(shape(output), format.type), format.scale);
  }
  const auto whole = placed(output);
  const auto type = whole.desc.data_type();
  for (std::size_t i = 0; i < node_->inputs.size(); ++i) {
    const auto from = placed(input(i));
    const auto to = slice(output, i);
    if (from.buffer == to.buffer) continue;
    const bool same = from.desc.data_type() == type && from.scale == whole.scale;
    if (!is_channels_last(from.desc) || !same) {
      add_reorder(from, to);
      continue;
    }
    const auto number = dnnl::memory::data_type_size(type);
    const auto bytes = static_cast<std::size_t>(from.desc.dims()[1]) * number;
    const ChannelCopy copy{
        .pixels = pixels_of(from.desc.dims()),
        .bytes = bytes,
        .source_stride = bytes,
        .target_stride = static_cast<std::size_t>(whole.desc.dims()[1]) * number};
    add_function({from, to}, [copy](const std::vector<void*>& at) { copy.run(at[0], at[1]); });
  }
}

void GraphCompiler::operator()(const Sum&) {
  const auto first = require_real(input(0));
  const auto second = require(input(1), first.desc);
  const dnnl::binary::primitive_desc description(
      dnnl::binary::desc(algorithm::binary_add, first.desc, first.desc, first.desc),
      with_user_scratch(), processor());
  const auto target = allocate(first.desc);
  add_primitive(description,
                {{DNNL_ARG_SRC_0, first}, {DNNL_ARG_SRC_1, second}, {DNNL_ARG_DST, target}});
  set_output(target);
}

void GraphCompiler::operator()(const Linear& linear) {
  const dnnl::inner_product_forward::primitive_desc description(
      dnnl::inner_product_forward::desc(
          prop_kind::forward_inference, any_layout(shape(input()), type_),
          any_layout(linear.weight.sizes().vec(), type_),
          dnnl::memory::desc(linear.bias.sizes().vec(), DataType::f32, Layout::x),
          plain(shape(node_->output), DataType::f32)),
      with_user_scratch(), processor());
  const auto source = require(input(), description.src_desc());
  const auto target = allocate(description.dst_desc());
  add_primitive(description, {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}},
                {{DNNL_ARG_WEIGHTS, pack(linear.weight, description.weights_desc())},
                 {DNNL_ARG_BIAS, pack(linear.bias, description.bias_desc())}});
  schedule_.steps.back().info.multiply_accumulates = multiply_accumulates(graph_, *node_) * images_;
  set_output(target);
}

void GraphCompiler::operator()(const PixelShuffle& shuffle) {
  if (!shuffle.block_major) {
    add_torch(
        [](const std::vector<at::Tensor>& inputs) { return at::pixel_shuffle(inputs[0], 2); });
    return;
  }
  const auto target = place_channels_last();
  const auto type = target.desc.data_type();
  const auto source = require(input(), channels_last(shape(input()), type), target.scale);
  const auto sizes = source.desc.dims();
  const auto number = dnnl::memory::data_type_size(type);
  const auto pixel = static_cast<std::size_t>(target.desc.data.format_desc.blocking.strides[3]);
  const ShuffleCopy copy{.rows = static_cast<std::size_t>(sizes[0] * sizes[2]),
                         .columns = static_cast<std::size_t>(sizes[3]),
                         .bytes = static_cast<std::size_t>(sizes[1]) / 4 * number,
                         .target_stride = pixel * number};
  add_function({source, target}, [copy](const std::vector<void*>& at) { copy.run(at[0], at[1]); });
  set_output(target);
}

void GraphCompiler::operator()(const Resize& resize) {
  const auto source = placed(input());
  const auto kind = resize.kind == Resize::Kind::bilinear ? algorithm::resampling_linear
                                                          : algorithm::resampling_nearest;
  const dnnl::resampling_forward::primitive_desc description(
      dnnl::resampling_forward::desc(prop_kind::forward_inference, kind, source.desc,
                                     any_layout(shape(node_->output), source.desc.data_type())),
      with_user_scratch(), processor());
  const auto target = allocate(description.dst_desc(), source.scale);
  add_primitive(description, {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}});
  set_output(target);
}

void GraphCompiler::operator()(const HostOperation& host) {
  add_torch([host](const std::vector<at::Tensor>& inputs) {
    std::vector<c10::IValue> stack;
    std::size_t next = 0;
    for (const auto& argument : host.arguments)
      stack.push_back(argument ? *argument : c10::IValue(inputs[next++]));
    host.run(stack);
    return stack.back().toTensor();
  });
}

// libtorch allocates memory for its results; they are copied to where the plan wants them.
void GraphCompiler::add_torch(const TorchFunction& function) {
  struct View {
    Shape shape;
    at::ScalarType type;
  };
  std::vector<Placement> placements;
  std::vector<View> views;
  for (const auto value : node_->inputs) {
    const auto type = graph_.values[value].type;
    placements.push_back(require(value, plain(shape(value), storage_of(type))));
    views.push_back({shape(value), type});
  }
  const auto type = graph_.values[node_->output].type;
  const auto target = allocate(plain(shape(node_->output), storage_of(type)));
  placements.push_back(target);
  add_function(std::move(placements), [function, views, type, expected = shape(node_->output)](
                                          const std::vector<void*>& at) {
    std::vector<at::Tensor> inputs;
    for (std::size_t i = 0; i < views.size(); ++i)
      inputs.push_back(at::from_blob(at[i], views[i].shape, views[i].type));
    const auto result = function(inputs).to(type).contiguous();
    if (result.sizes() != at::IntArrayRef(expected)) {
      throw Error(ErrorCode::internal,
                  "network: expected the traced operation to answer any number of images, got "
                  "another shape; report this");
    }
    std::memcpy(at.back(), result.data_ptr(), result.nbytes());
  });
  schedule_.steps.back().info.implementation = "libtorch";
  schedule_.steps.back().info.precision = Precision::f32;
  set_output(target);
}

}  // namespace cxrnet::engine
