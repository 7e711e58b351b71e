#include "onnx_writer.h"

#include <ATen/Functions.h>

namespace cxrnet::engine {

NodeWriter OnnxWriter::add(const char* type, const std::vector<std::string>& from,
                           const std::string& to) {
  auto* node = target_.add_node();
  node->set_op_type(type);
  node->set_name(std::string(type) + "_" + std::to_string(target_.node_size()));
  for (const auto& one : from) node->add_input(one);
  node->add_output(to);
  return NodeWriter(node);
}

std::string OnnxWriter::op(const char* type, const std::vector<std::string>& from,
                           const std::function<void(NodeWriter&)>& attributes) {
  const auto name = "step" + std::to_string(steps_++);
  auto node = add(type, from, name);
  if (attributes) attributes(node);
  return name;
}

onnx::TensorProto& OnnxWriter::constant(int type, at::IntArrayRef sizes) {
  auto* initializer = target_.add_initializer();
  initializer->set_name("constant" + std::to_string(constants_++));
  initializer->set_data_type(type);
  for (const auto size : sizes) initializer->add_dims(size);
  return *initializer;
}

std::string OnnxWriter::weight(const at::Tensor& tensor) {
  const auto numbers = tensor.detach().to(at::kFloat).contiguous();
  auto& initializer = constant(onnx::TensorProto::FLOAT, numbers.sizes());
  initializer.set_raw_data(numbers.data_ptr(), numbers.nbytes());
  return initializer.name();
}

std::string OnnxWriter::integers(const std::vector<int64_t>& values) {
  auto& initializer = constant(onnx::TensorProto::INT64, {static_cast<int64_t>(values.size())});
  for (const auto value : values) initializer.add_int64_data(value);
  return initializer.name();
}

std::string OnnxWriter::integer_tensor(const at::Tensor& values) {
  const auto numbers = values.to(at::kLong).contiguous();
  auto& initializer = constant(onnx::TensorProto::INT64, numbers.sizes());
  initializer.set_raw_data(numbers.data_ptr(), numbers.nbytes());
  return initializer.name();
}

std::string OnnxWriter::scalar(double value) { return weight(at::scalar_tensor(value)); }

}  // namespace cxrnet::engine
