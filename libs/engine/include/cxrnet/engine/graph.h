// A network as the engine sees it: a list of operations in the order of execution, each with its
// weights. It is read from what nn computes (trace.h), rewritten (fusion.h) and compiled
// (compiled_graph.h).
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cxrnet::engine {

using ValueId = std::size_t;          ///< index into Graph::values
using Shape = std::vector<int64_t>;   ///< [N, C, H, W] or [N, C]
using Pair = std::array<int64_t, 2>;  ///< height, width

/// An elementwise function, alone or at the end of another operation.
struct Activation {
  enum class Kind { none, rectifier, sigmoid };
  Kind kind = Kind::none;
  double negative_slope = 0.0;  ///< of a rectifier; 0 is ReLU
};

/// activation(convolution(input) [+ addend]); the addend is a second input.
struct Convolution {
  at::Tensor weight;  ///< [O, I / groups, kH, kW] f32; transposed: [I, O, kH, kW]
  at::Tensor bias;    ///< [O] f32
  Pair stride{1, 1};
  Pair padding{0, 0};
  Pair dilation{1, 1};
  int64_t groups = 1;
  bool transposed = false;
  Activation activation = {};
  at::Tensor scale = {};  ///< [O] f32, of the weights; undefined: 1

  /// The weights with their scale: made when they are needed, since both would fill memory.
  at::Tensor scaled_weight() const;
};

/// In evaluation mode: input x scale + shift, both [C] f32.
struct BatchNorm {
  at::Tensor scale, shift;
};

/// input x scale + shift, the same for every channel.
struct Affine {
  double scale = 1.0;
  double shift = 0.0;
};

struct Pool {
  enum class Kind { maximum, average };  ///< the average counts padded zeros
  Kind kind;
  Pair kernel, stride, padding;
};

struct GlobalAverage {};  ///< over all pixels: [N, C, H, W] -> [N, C, 1, 1]
struct Flatten {};        ///< [N, C, 1, 1] -> [N, C]
struct Concat {};         ///< along channels
struct Sum {};            ///< of two inputs

struct Linear {
  at::Tensor weight;  ///< [O, I] f32
  at::Tensor bias;    ///< [O] f32
};

/// The channels of each pixel become a 2 x 2 block.
struct PixelShuffle {
  /// torch's order is c x 4 + position; with block_major it is position x C + c, which keeps the
  /// channels of a pixel together.
  bool block_major = false;
};

/// To the output's height and width; bilinear as torch's align_corners=false.
struct Resize {
  enum class Kind { bilinear, nearest };
  Kind kind;
};

/// Any other operation, which libtorch computes.
struct HostOperation {
  std::string name;                                    ///< such as "aten::masked_fill"
  std::vector<std::optional<c10::IValue>> arguments;   ///< nullopt: the next input
  std::function<void(std::vector<c10::IValue>&)> run;  ///< takes arguments off a stack, leaves one
};

using Operation = std::variant<Convolution, BatchNorm, Affine, Activation, Pool, GlobalAverage,
                               Flatten, Concat, Sum, Linear, PixelShuffle, Resize, HostOperation>;

/// What numbers a value takes.
struct Range {
  double low, high;
};

struct Value {
  Shape shape;                       ///< for one image
  at::ScalarType type = at::kFloat;  ///< f32, or bool between host operations
  std::optional<Range> range = {};   ///< for int8, see calibration.h
};

struct Node {
  Operation operation;
  std::vector<ValueId> inputs;
  ValueId output;
};

struct Graph {
  std::vector<Node> nodes;
  std::vector<Value> values;
  ValueId input = 0;  ///< [1, 1, H, W] f32 in [0, 1]
  std::vector<ValueId> outputs;

  ValueId add_value(Shape shape, at::ScalarType type = at::kFloat);
  const Shape& shape(ValueId value) const { return values[value].shape; }
  /// Index into `nodes` of the operation that makes `value`; none for the input.
  std::optional<std::size_t> producer(ValueId value) const;
  /// How often operations and outputs read `value`.
  std::size_t uses(ValueId value) const;
};

std::string_view name_of(const Operation& operation);  ///< such as "convolution"

/// What the graph computes, as 16 hexadecimal digits: operations, how they are connected, shapes
/// and weights, these to the digits of a half, so that a model that was saved and loaded is the
/// same graph. Ranges (calibration.h) do not count: they are kept under it.
std::string fingerprint(const Graph& graph);

/// Of a convolution or a linear layer, for one image; 0 for others.
int64_t multiply_accumulates(const Graph& graph, const Node& node);

}  // namespace cxrnet::engine
