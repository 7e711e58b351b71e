#include <ATen/Functions.h>

#include <cstdio>

#include "cxrnet/engine/graph.h"

namespace cxrnet::engine {
namespace {

// FNV-1a, 64 bits.
class Hash {
 public:
  void add(const void* bytes, std::size_t size) {
    const auto* begin = static_cast<const unsigned char*>(bytes);
    for (std::size_t i = 0; i < size; ++i) value_ = (value_ ^ begin[i]) * 0x100000001B3ULL;
  }
  void add(std::string_view text) {
    add(static_cast<int64_t>(text.size()));
    add(text.data(), text.size());
  }
  void add(int64_t number) { add(&number, sizeof number); }
  void add(double number) { add(&number, sizeof number); }
  void add(const std::vector<int64_t>& numbers) {
    add(static_cast<int64_t>(numbers.size()));
    for (const auto number : numbers) add(number);
  }
  void add(const Pair& pair) {
    add(pair[0]);
    add(pair[1]);
  }
  // Of any type: what a file keeps of real numbers.
  void add(const at::Tensor& tensor) {
    if (!tensor.defined()) return add(std::string_view("none"));
    const auto kept =
        (tensor.is_floating_point() ? tensor.to(at::kHalf) : tensor.to(at::kLong)).contiguous();
    add(kept.sizes().vec());
    add(kept.data_ptr(), kept.nbytes());
  }

  std::string text() const {
    std::array<char, 17> digits{};
    std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(value_));
    return digits.data();
  }

 private:
  uint64_t value_ = 0xCBF29CE484222325ULL;
};

struct HashVisitor {
  Hash& hash;

  void operator()(const Convolution& conv) const {
    hash.add(conv.weight);
    hash.add(conv.bias);
    hash.add(conv.scale);
    for (const auto& pair : {conv.stride, conv.padding, conv.dilation}) hash.add(pair);
    hash.add(conv.groups);
    (*this)(conv.activation);
  }
  void operator()(const BatchNorm& norm) const {
    hash.add(norm.scale);
    hash.add(norm.shift);
  }
  void operator()(const Affine& affine) const {
    hash.add(affine.scale);
    hash.add(affine.shift);
  }
  void operator()(const Activation& activation) const {
    hash.add(static_cast<int64_t>(activation.kind));
    hash.add(activation.negative_slope);
  }
  void operator()(const Pool& pool) const {
    for (const auto& pair : {pool.kernel, pool.stride, pool.padding}) hash.add(pair);
  }
  void operator()(const Linear& linear) const {
    hash.add(linear.weight);
    hash.add(linear.bias);
  }
  void operator()(const PixelShuffle& shuffle) const {
    hash.add(static_cast<int64_t>(shuffle.block_major));
  }
  void operator()(const Resize& resize) const { hash.add(static_cast<int64_t>(resize.kind)); }
  void operator()(const HostOperation& host) const {
    for (const auto& argument : host.arguments) {
      if (!argument) {
        hash.add(std::string_view("input"));
      } else if (argument->isTensor()) {
        hash.add(argument->toTensor());
      } else if (argument->isInt()) {
        hash.add(argument->toInt());
      } else if (argument->isDouble()) {
        hash.add(argument->toDouble());
      } else if (argument->isIntList()) {
        hash.add(argument->toIntVector());
      }
    }
  }
  void operator()(const GlobalAverage&) const {}
  void operator()(const Flatten&) const {}
  void operator()(const Concat&) const {}
  void operator()(const Sum&) const {}
};

void add_values(Hash& hash, const std::vector<ValueId>& values) {
  hash.add(static_cast<int64_t>(values.size()));
  for (const auto value : values) hash.add(static_cast<int64_t>(value));
}

}  // namespace

std::string fingerprint(const Graph& graph) {
  Hash hash;
  for (const auto& value : graph.values) {
    hash.add(value.shape);
    hash.add(static_cast<int64_t>(value.type));
  }
  for (const auto& node : graph.nodes) {
    hash.add(name_of(node.operation));
    std::visit(HashVisitor{hash}, node.operation);
    add_values(hash, node.inputs);
    hash.add(static_cast<int64_t>(node.output));
  }
  add_values(hash, graph.outputs);
  return hash.text();
}

}  // namespace cxrnet::engine
