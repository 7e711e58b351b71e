// Shorthand for oneDNN's descriptions of memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <oneapi/dnnl/dnnl.hpp>

#include "cxrnet/engine/graph.h"

namespace cxrnet::engine {

using DataType = dnnl::memory::data_type;
using Layout = dnnl::memory::format_tag;

const dnnl::engine& processor();

inline dnnl::memory::desc describe(const Shape& shape, DataType type, Layout layout) {
  return {shape, type, layout};
}
/// The layout is the primitive's to choose.
inline dnnl::memory::desc any_layout(const Shape& shape, DataType type) {
  return {shape, type, Layout::any};
}
/// Rows of pixels, channel by channel; or rows of numbers.
inline dnnl::memory::desc plain(const Shape& shape, DataType type) {
  return {shape, type, shape.size() == 4 ? Layout::nchw : Layout::nc};
}
inline dnnl::memory::desc channels_last(const Shape& shape, DataType type) {
  return {shape, type, Layout::nhwc};
}
inline dnnl::algorithm algorithm_of(const Activation& activation) {
  return activation.kind == Activation::Kind::sigmoid ? dnnl::algorithm::eltwise_logistic
                                                      : dnnl::algorithm::eltwise_relu;
}
inline dnnl::memory::dims dims_of(const Pair& pair) { return {pair[0], pair[1]}; }

/// Scratch memory is the caller's: every primitive of a compiled graph shares one block.
inline dnnl::primitive_attr with_user_scratch() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

/// To be called before a primitive is made: oneDNN 2.6 writes a kernel's code to memory without a
/// look at whether it got any. std::bad_alloc: it would not.
void require_memory_for_kernel();

/// A tensor's numbers, f32, as they lie in memory; the tensor must outlive it.
dnnl::memory wrap(const at::Tensor& contiguous);
/// Packed as `desc` says.
dnnl::memory pack(const at::Tensor& weight, const dnnl::memory::desc& desc);

}  // namespace cxrnet::engine
