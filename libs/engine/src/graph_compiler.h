// Chooses a kernel and a layout for every operation of a graph.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cxrnet/engine/compiled_graph.h"
#include "cxrnet/engine/graph.h"
#include "layout.h"
#include "quantisation.h"
#include "step.h"

namespace cxrnet::engine {

class GraphCompiler {
 public:
  /// `storage`: of values that are not quantised, bf16 or f32.
  GraphCompiler(const Graph& graph, int64_t images, const EngineOptions& options, DataType storage);
  Schedule compile();

  // One operation each, for std::visit; `node_` is the one at hand.
  void operator()(const Convolution& conv);
  void operator()(const BatchNorm& norm);
  void operator()(const Affine& affine);
  void operator()(const Activation& activation);
  void operator()(const Pool& pool);
  void operator()(const GlobalAverage& average);
  void operator()(const Flatten& flatten);
  void operator()(const Concat& concat);
  void operator()(const Sum& sum);
  void operator()(const Linear& linear);
  void operator()(const PixelShuffle& shuffle);
  void operator()(const Resize& resize);
  void operator()(const HostOperation& host);

 private:
  using Weights = std::unordered_map<int, dnnl::memory>;
  using TorchFunction = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

  Shape shape(ValueId value) const;  // with all images
  ValueId input(std::size_t index = 0) const { return node_->inputs[index]; }
  const Placement& placed(ValueId value) const { return *placements_[value]; }
  bool is_read_later(BufferId buffer) const;

  // Where values lie.
  Placement allocate(const dnnl::memory::desc& desc, float scale = 1.0F);
  Placement require(ValueId value, const dnnl::memory::desc& desc, float scale = 1.0F);
  Placement require_to_overwrite(ValueId value, const dnnl::memory::desc& desc, float scale = 1.0F);
  Placement require_real(ValueId value);
  Placement place_channels_last();
  Placement slice(ValueId whole, std::size_t index) const;
  void set_output(Placement placement) { placements_[node_->output] = std::move(placement); }

  // How values are stored.
  bool reads_quantised(const Node& node, ValueId value) const;
  Format format_of(ValueId value) const;
  std::vector<const Node*> readers_of(ValueId value) const;

  // What is done.
  StepInfo info(std::string implementation) const;
  void add_reorder(const Placement& from, const Placement& to);
  template <class PrimitiveDesc>
  void add_primitive(const PrimitiveDesc& description, std::vector<Binding> bindings,
                     Weights weights = {});
  void add_function(std::vector<Placement> placements,
                    std::function<void(const std::vector<void*>&)> function);
  void add_torch(const TorchFunction& function);
  void add_pool(const Pool& pool, const Placement& source);
  void add_activation(const Activation& activation, const Placement& source,
                      const Placement& target);
  bool add_convolution(const Convolution& conv, dnnl::algorithm algorithm,
                       const Activation& activation);
  bool add_quantised_convolution(const Convolution& conv);
  Placement allocate_or_overwrite(const dnnl::memory::desc& desc);
  bool add_direct_convolution(const Convolution& conv);
  bool add_winograd_convolution(const Convolution& conv);
  bool add_transposed_convolution(const Convolution& conv);

  const Graph& graph_;
  int64_t images_;
  EngineOptions options_;
  DataType type_;  // of values that are not quantised
  Schedule schedule_;
  std::vector<std::optional<Placement>> placements_;
  std::vector<std::size_t> last_use_;
  const Node* node_ = nullptr;
  std::size_t position_ = 0;
};

/// Whether a node is a convolution that int8 is worth it for.
bool is_quantisable(const Node& node);

template <class PrimitiveDesc>
void GraphCompiler::add_primitive(const PrimitiveDesc& description, std::vector<Binding> bindings,
                                  Weights weights) {
  require_memory_for_kernel();
  schedule_.steps.push_back({.info = info(description.impl_info_str()),
                             .primitive = dnnl::primitive(description.get()),
                             .function = {},
                             .bindings = std::move(bindings),
                             .weights = std::move(weights),
                             .scratch_bytes = description.scratchpad_desc().get_size(),
                             .node = position_});
}

}  // namespace cxrnet::engine
