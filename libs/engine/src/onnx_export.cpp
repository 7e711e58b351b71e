#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <map>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/engine/export.h"
#include "cxrnet/engine/fusion.h"
#include "onnx_grey_steps.h"
#include "onnx_writer.h"

namespace cxrnet::engine {
namespace {

constexpr int64_t kIrVersion = 7;
constexpr int64_t kOpset = 13;

std::vector<int64_t> twice(const Pair& pair) { return {pair[0], pair[1], pair[0], pair[1]}; }
std::vector<int64_t> list(const Pair& pair) { return {pair[0], pair[1]}; }

[[noreturn]] void refuse_export(std::string_view operation) {
  throw Error(ErrorCode::invalid_option, "export: expected operations that ONNX has, got " +
                                             std::string(operation) +
                                             "; export as TorchScript instead");
}

// Writes the graph's nodes one by one; a value is named by its number.
class GraphWriter {
 public:
  /// `prefix` keeps the values of several graphs in one file apart.
  GraphWriter(const Graph& graph, OnnxWriter& target, std::string prefix)
      : graph_(graph), target_(target), prefix_(std::move(prefix)) {}

  /// The nodes that make the graph's outputs of `image`; returns their names.
  std::vector<std::string> write(const std::string& image) {
    names_[graph_.input] = image;
    for (const auto& node : graph_.nodes) {
      node_ = &node;
      std::visit(*this, node.operation);
    }
    std::vector<std::string> outputs;
    for (const auto output : graph_.outputs) outputs.push_back(name(output));
    return outputs;
  }

  void operator()(const Convolution& conv) {
    add(conv.transposed ? "ConvTranspose" : "Conv",
        {input(), weight(conv.scaled_weight()), weight(conv.bias)})
        .set("kernel_shape", std::vector<int64_t>{conv.weight.size(2), conv.weight.size(3)})
        .set("strides", list(conv.stride))
        .set("pads", twice(conv.padding))
        .set("dilations", list(conv.dilation))
        .set("group", conv.groups);
  }
  void operator()(const BatchNorm& norm) {
    add("BatchNormalization",
        {input(), weight(norm.scale), weight(norm.shift), weight(at::zeros_like(norm.scale)),
         weight(at::ones_like(norm.scale))})
        .set("epsilon", 0.0);
  }
  void operator()(const Affine& affine) {
    const auto scaled = output() + "_scaled";
    add("Mul", {input(), scalar(affine.scale)}, scaled);
    add("Add", {scaled, scalar(affine.shift)});
  }
  void operator()(const Activation& activation) {
    if (activation.kind == Activation::Kind::sigmoid) {
      add("Sigmoid", {input()});
    } else if (activation.negative_slope == 0.0) {
      add("Relu", {input()});
    } else {
      add("LeakyRelu", {input()}).set("alpha", activation.negative_slope);
    }
  }
  void operator()(const Pool& pool) {
    const bool maximum = pool.kind == Pool::Kind::maximum;
    auto node = add(maximum ? "MaxPool" : "AveragePool", {input()});
    node.set("kernel_shape", list(pool.kernel))
        .set("strides", list(pool.stride))
        .set("pads", twice(pool.padding));
    if (!maximum) node.set("count_include_pad", int64_t{1});
  }
  void operator()(const GlobalAverage&) { add("GlobalAveragePool", {input()}); }
  void operator()(const Flatten&) { add("Flatten", {input()}).set("axis", int64_t{1}); }
  void operator()(const Concat&) { add("Concat", inputs()).set("axis", int64_t{1}); }
  void operator()(const Sum&) { add("Add", inputs()); }
  void operator()(const Linear& linear) {
    add("Gemm", {input(), weight(linear.weight), weight(linear.bias)}).set("transB", int64_t{1});
  }
  void operator()(const PixelShuffle& shuffle) {
    add("DepthToSpace", {input()})
        .set("blocksize", int64_t{2})
        .set("mode", shuffle.block_major ? "DCR" : "CRD");
  }
  void operator()(const Resize& resize);
  void operator()(const HostOperation& host);

 private:
  std::string name(ValueId value) { return names_.at(value); }
  std::string input(std::size_t index = 0) { return name(node_->inputs[index]); }
  std::vector<std::string> inputs() {
    std::vector<std::string> all;
    for (const auto value : node_->inputs) all.push_back(name(value));
    return all;
  }
  std::string output() { return names_[node_->output] = prefix_ + std::to_string(node_->output); }

  NodeWriter add(const char* type, const std::vector<std::string>& from, const std::string& to) {
    return target_.add(type, from, to);
  }
  NodeWriter add(const char* type, const std::vector<std::string>& from) {
    return add(type, from, output());
  }
  std::string weight(const at::Tensor& tensor) { return target_.weight(tensor); }
  std::string integers(const std::vector<int64_t>& values) { return target_.integers(values); }
  std::string scalar(double value) { return target_.scalar(value); }
  void pool_to(const Shape& to);

  const Graph& graph_;
  OnnxWriter& target_;
  std::string prefix_;
  const Node* node_ = nullptr;
  std::map<ValueId, std::string> names_;
};

// The target size is N and C of the input, then H and W of the output.
void GraphWriter::operator()(const Resize& resize) {
  const auto& to = graph_.shape(node_->output);
  const auto base = output();
  add("Shape", {input()}, base + "_shape");
  add("Slice", {base + "_shape", integers({0}), integers({2})}, base + "_channels");
  add("Concat", {base + "_channels", integers({to[2], to[3]})}, base + "_sizes")
      .set("axis", int64_t{0});
  const bool bilinear = resize.kind == Resize::Kind::bilinear;
  auto node = add("Resize", {input(), "", "", base + "_sizes"});
  node.set("mode", bilinear ? "linear" : "nearest")
      .set("coordinate_transformation_mode", bilinear ? "pytorch_half_pixel" : "asymmetric");
  if (!bilinear) node.set("nearest_mode", "floor");
}

// Averages over cells of any size are two matrix products, rows and columns.
void GraphWriter::pool_to(const Shape& to) {
  const auto& from = graph_.shape(node_->inputs[0]);
  const auto averages = [](int64_t size, int64_t cells) {
    return at::adaptive_avg_pool1d(at::eye(size).unsqueeze(0), {cells}).squeeze(0).t();
  };
  const auto rows = weight(averages(from[2], to[2]));
  const auto columns = weight(averages(from[3], to[3]).t());
  const auto base = output();
  add("MatMul", {rows, input()}, base + "_rows");
  add("MatMul", {base + "_rows", columns});
}

void GraphWriter::operator()(const HostOperation& host) {
  const auto argument = [&host](std::size_t index) {
    if (!host.arguments[index]) refuse_export(host.name + " of two values");
    return host.arguments[index]->toScalar().toDouble();
  };
  if (host.name == "aten::gt") {
    add("Greater", {input(), scalar(argument(1))});
  } else if (host.name == "aten::ge") {
    add("GreaterOrEqual", {input(), scalar(argument(1))});
  } else if (host.name == "aten::eq") {
    add("Equal", {input(), scalar(argument(1))});
  } else if (host.name == "aten::to") {
    add("Cast", {input()}).set("to", int64_t{onnx::TensorProto::FLOAT});
  } else if (host.name == "aten::mul" && node_->inputs.size() == 2) {
    add("Cast", {input(1)}, output() + "_number").set("to", int64_t{onnx::TensorProto::FLOAT});
    add("Mul", {input(0), output() + "_number"});
  } else if (host.name == "aten::masked_fill") {
    add("Where", {input(1), scalar(argument(2)), input(0)});
  } else if (host.name == "aten::adaptive_avg_pool2d") {
    pool_to(graph_.shape(node_->output));
  } else if (host.name == "aten::replication_pad2d") {
    const auto pad = host.arguments[1]->toIntVector();  // left, right, top, bottom
    add("Pad", {input(), integers({0, 0, pad[2], pad[0], 0, 0, pad[3], pad[1]})})
        .set("mode", "edge");
  } else if (host.name == "aten::slice") {
    const auto number = [&](std::size_t index) {
      return integers({host.arguments[index]->toInt()});
    };
    add("Slice", {input(), number(2), number(3), number(1), number(4)});  // start, end, axis, step
  } else {
    refuse_export(host.name);
  }
}

Graph folded_graph(const Function& function, Pair size) {
  auto graph = trace(function, size);
  merge_affines(graph);
  fold_batch_norms(graph);
  return graph;
}

// The first dimension is any number of images; one below 0 is any number, too.
void describe(onnx::ValueInfoProto* info, const std::string& name, int type,
              const std::vector<std::pair<const char*, int64_t>>& dimensions) {
  info->set_name(name);
  auto* tensor = info->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  for (const auto& [symbol, size] : dimensions) {
    auto* dimension = tensor->mutable_shape()->add_dim();
    if (size < 0) {
      dimension->set_dim_param(symbol);
    } else {
      dimension->set_dim_value(size);
    }
  }
}

void describe_output(onnx::ValueInfoProto* info, const std::string& name, const Shape& shape) {
  std::vector<std::pair<const char*, int64_t>> dimensions{{"N", -1}};
  for (std::size_t i = 1; i < shape.size(); ++i) dimensions.emplace_back("", shape[i]);
  describe(info, name, onnx::TensorProto::FLOAT, dimensions);
}

// From grey pixels to the network's input, the lungs' network in between where there is one.
std::string write_grey_steps(OnnxWriter& writer, const ExportedNetwork& network) {
  const auto& steps = *network.grey;
  describe(writer.target().add_input(), "image", onnx::TensorProto::UINT8,
           {{"N", -1}, {"", 1}, {"H", -1}, {"W", -1}});
  auto square = resize_grey(writer, "image", network.size[0]);
  std::string lungs;
  if (steps.segmenter) {
    const auto graph = folded_graph(steps.segmenter, network.size);
    const auto probability =
        GraphWriter(graph, writer, "lungs").write(scale_grey(writer, square)).front();
    lungs = cut_at_one_half(writer, probability);
    square = writer.op("Mul", {square, lungs});
  }
  if (steps.clahe_tiles > 0) {
    square = equalise(writer, square, network.size[0], steps.clahe_clip_limit, steps.clahe_tiles);
    if (!lungs.empty()) square = writer.op("Mul", {square, lungs});
  }
  return scale_grey(writer, square);
}

void write_network(onnx::GraphProto& target, const ExportedNetwork& network) {
  OnnxWriter writer(target);
  const auto graph = folded_graph(network.function, network.size);
  std::string image = "image";
  if (network.grey) {
    image = write_grey_steps(writer, network);
    writer.add("Identity", {image}, kPreparedOutput);
  } else {
    describe(target.add_input(), image, onnx::TensorProto::FLOAT,
             {{"N", -1}, {"", 1}, {"", network.size[0]}, {"", network.size[1]}});
  }
  const auto values = GraphWriter(graph, writer, "value").write(image);
  for (std::size_t i = 0; i < network.outputs.size(); ++i) {
    writer.add("Identity", {values[i]}, network.outputs[i]);
    describe_output(target.add_output(), network.outputs[i], graph.shape(graph.outputs[i]));
  }
  if (network.grey) describe_output(target.add_output(), kPreparedOutput, graph.shape(graph.input));
}

}  // namespace

std::string to_onnx(const ExportedNetwork& network) {
  const at::NoGradGuard no_grad;
  onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("cxrnet");
  auto* opset = model.add_opset_import();
  opset->set_domain("");
  opset->set_version(kOpset);
  for (const auto& [key, value] : network.metadata) {
    auto* entry = model.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }
  model.mutable_graph()->set_name(network.name);
  write_network(*model.mutable_graph(), network);
  try {
    onnx::checker::check_model(model);
  } catch (const std::exception&) {
    throw Error(ErrorCode::internal,
                "export: expected a model that ONNX's checker accepts, got another; report this");
  }
  return model.SerializeAsString();
}

}  // namespace cxrnet::engine
