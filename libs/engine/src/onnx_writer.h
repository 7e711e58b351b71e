// Nodes and constants of an ONNX graph while it is written.
#pragma once

#include <ATen/core/Tensor.h>
#include <onnx/onnx_pb.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cxrnet::engine {

/// An ONNX node while its attributes are filled in.
class NodeWriter {
 public:
  explicit NodeWriter(onnx::NodeProto* node) : node_(node) {}

  NodeWriter& set(const char* name, int64_t value) {
    auto* attribute = add(name, onnx::AttributeProto::INT);
    attribute->set_i(value);
    return *this;
  }
  NodeWriter& set(const char* name, double value) {
    auto* attribute = add(name, onnx::AttributeProto::FLOAT);
    attribute->set_f(static_cast<float>(value));
    return *this;
  }
  NodeWriter& set(const char* name, const char* value) {
    auto* attribute = add(name, onnx::AttributeProto::STRING);
    attribute->set_s(value);
    return *this;
  }
  NodeWriter& set(const char* name, const std::vector<int64_t>& values) {
    auto* attribute = add(name, onnx::AttributeProto::INTS);
    for (const auto value : values) attribute->add_ints(value);
    return *this;
  }

 private:
  onnx::AttributeProto* add(const char* name, onnx::AttributeProto::AttributeType type) {
    auto* attribute = node_->add_attribute();
    attribute->set_name(name);
    attribute->set_type(type);
    return attribute;
  }

  onnx::NodeProto* node_;
};

/// Adds to a graph; constants are numbered.
class OnnxWriter {
 public:
  explicit OnnxWriter(onnx::GraphProto& target) : target_(target) {}

  onnx::GraphProto& target() { return target_; }

  NodeWriter add(const char* type, const std::vector<std::string>& from, const std::string& to);

  /// A node whose output gets a name of its own, which is returned.
  std::string op(const char* type, const std::vector<std::string>& from,
                 const std::function<void(NodeWriter&)>& attributes = {});

  std::string weight(const at::Tensor& tensor);  ///< f32
  std::string integers(const std::vector<int64_t>& values);
  std::string integer_tensor(const at::Tensor& values);  ///< i64
  std::string scalar(double value);

 private:
  onnx::TensorProto& constant(int type, at::IntArrayRef sizes);

  onnx::GraphProto& target_;
  std::size_t constants_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace cxrnet::engine
