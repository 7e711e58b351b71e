#include "onnx_grey_steps.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>

namespace cxrnet::engine {
namespace {

constexpr int64_t kGreys = 256;

std::string cast(OnnxWriter& writer, const std::string& value, int type) {
  return writer.op("Cast", {value},
                   [type](NodeWriter& node) { node.set("to", static_cast<int64_t>(type)); });
}

std::string to_float(OnnxWriter& writer, const std::string& value) {
  return cast(writer, value, onnx::TensorProto::FLOAT);
}

std::string round_to_grey(OnnxWriter& writer, const std::string& value) {
  return writer.op("Clip",
                   {writer.op("Round", {value}), writer.scalar(0.0), writer.scalar(kGreys - 1.0)});
}

std::string reshaped(OnnxWriter& writer, const std::string& value,
                     const std::vector<int64_t>& shape) {
  return writer.op("Reshape", {value, writer.integers(shape)});
}

std::string summed(OnnxWriter& writer, const std::string& value, int64_t axis) {
  return writer.op("ReduceSum", {value, writer.integers({axis})},
                   [](NodeWriter& node) { node.set("keepdims", int64_t{1}); });
}

// The image's size along an axis, f32 without dimensions.
std::string length_of(OnnxWriter& writer, const std::string& image, int64_t axis) {
  const auto length = writer.op(
      "Gather",
      {writer.op("Shape", {image}), writer.integer_tensor(at::scalar_tensor(axis, at::kLong))});
  return to_float(writer, length);
}

// [S, length]: how much of each source pixel lies below each pixel of the square, rows adding up to
// 1.
std::string area_weights(OnnxWriter& writer, const std::string& length, int64_t side) {
  const auto targets = at::arange(side, at::kFloat).unsqueeze(1);
  const auto pixel = writer.op("Div", {length, writer.scalar(static_cast<double>(side))});
  const auto begin = writer.op("Mul", {writer.weight(targets), pixel});
  const auto end = writer.op("Mul", {writer.weight(targets + 1), pixel});
  const auto sources = writer.op("Range", {writer.scalar(0.0), length, writer.scalar(1.0)});
  const auto next = writer.op("Add", {sources, writer.scalar(1.0)});
  const auto overlap =
      writer.op("Sub", {writer.op("Min", {end, next}), writer.op("Max", {begin, sources})});
  return writer.op("Div", {writer.op("Relu", {overlap}), pixel});
}

std::string resize_by_area(OnnxWriter& writer, const std::string& image, const std::string& height,
                           const std::string& width, int64_t side) {
  const auto rows = area_weights(writer, height, side);
  const auto columns = writer.op("Transpose", {area_weights(writer, width, side)});
  return writer.op("MatMul", {writer.op("MatMul", {rows, image}), columns});
}

std::string resize_cubically(OnnxWriter& writer, const std::string& image, int64_t side) {
  constexpr double kCoefficient = -0.75;  // OpenCV's
  const auto channels =
      writer.op("Slice", {writer.op("Shape", {image}), writer.integers({0}), writer.integers({2})});
  const auto sizes = writer.op("Concat", {channels, writer.integers({side, side})},
                               [](NodeWriter& node) { node.set("axis", int64_t{0}); });
  return writer.op("Resize", {image, "", "", sizes}, [](NodeWriter& node) {
    node.set("mode", "cubic")
        .set("cubic_coeff_a", kCoefficient)
        .set("coordinate_transformation_mode", "half_pixel");
  });
}

// Counts above the limit are spread over all greys; what is left goes to every step-th of them.
std::string clip_histogram(OnnxWriter& writer, const std::string& histogram, double limit) {
  const auto above = writer.op("Relu", {writer.op("Sub", {histogram, writer.scalar(limit)})});
  const auto clipped = summed(writer, above, 2);  // [N, T, 1]
  const auto greys = writer.scalar(static_cast<double>(kGreys));
  const auto each = writer.op("Floor", {writer.op("Div", {clipped, greys})});
  const auto left = writer.op("Sub", {clipped, writer.op("Mul", {each, greys})});
  const auto one = writer.scalar(1.0);
  const auto step = writer.op(
      "Max", {writer.op("Floor", {writer.op("Div", {greys, writer.op("Max", {left, one})})}), one});
  const auto grey = writer.weight(at::arange(kGreys, at::kFloat).view({1, 1, kGreys}));
  const auto turn = writer.op("Floor", {writer.op("Div", {grey, step})});
  const auto is_turn = writer.op("Equal", {writer.op("Mul", {turn, step}), grey});
  const auto is_left = writer.op("Less", {turn, left});
  const auto extra = to_float(writer, writer.op("And", {is_turn, is_left}));
  const auto kept = writer.op("Sub", {histogram, above});
  return writer.op("Add", {writer.op("Add", {kept, each}), extra});
}

// The curve of every tile: [N, tiles * tiles * 256].
std::string tile_curves(OnnxWriter& writer, const std::string& padded, int64_t tile,
                        double clip_limit, int64_t tiles) {
  const auto area = tile * tile;
  const auto cut = reshaped(writer, padded, {-1, tiles, tile, tiles, tile});
  const auto by_tile = writer.op("Transpose", {cut}, [](NodeWriter& node) {
    node.set("perm", std::vector<int64_t>{0, 1, 3, 2, 4});
  });
  const auto pixels = reshaped(writer, by_tile, {-1, tiles * tiles, area, 1});
  const auto greys = writer.weight(at::arange(kGreys, at::kFloat).view({1, 1, 1, kGreys}));
  const auto is_grey = to_float(writer, writer.op("Equal", {pixels, greys}));
  const auto histogram = reshaped(writer, summed(writer, is_grey, 2), {-1, tiles * tiles, kGreys});
  const auto limit =
      std::max<int64_t>(1, static_cast<int64_t>(clip_limit * static_cast<double>(area) / kGreys));
  const auto clipped = clip_histogram(writer, histogram, static_cast<double>(limit));
  const auto counted = writer.op(
      "CumSum", {clipped, writer.integer_tensor(at::scalar_tensor(int64_t{2}, at::kLong))});
  const auto scale = static_cast<float>(kGreys - 1) / static_cast<float>(area);
  const auto curve =
      round_to_grey(writer, writer.op("Mul", {counted, writer.scalar(static_cast<double>(scale))}));
  return reshaped(writer, curve, {-1, tiles * tiles * kGreys});
}

// Where each pixel of an axis lies between the centres of two tiles.
struct Neighbours {
  at::Tensor low, high;  // tiles, i64 [S]
  at::Tensor share;      // of the high one, f32 [S]
};

Neighbours neighbours(int64_t side, int64_t tile, int64_t tiles) {
  const auto inverse = 1.0F / static_cast<float>(tile);
  const auto place = at::arange(side, at::kFloat) * inverse - 0.5F;
  const auto below = place.floor();
  return {.low = below.to(at::kLong).clamp_min(0),
          .high = (below + 1).to(at::kLong).clamp_max(tiles - 1),
          .share = place - below};
}

}  // namespace

std::string resize_grey(OnnxWriter& writer, const std::string& image, int64_t side) {
  const auto pixels = to_float(writer, image);
  const auto height = length_of(writer, image, 2);
  const auto width = length_of(writer, image, 3);
  const auto shrinks = writer.op(
      "Greater", {writer.op("Max", {height, width}), writer.scalar(static_cast<double>(side))});
  const auto resized =
      writer.op("Where", {shrinks, resize_by_area(writer, pixels, height, width, side),
                          resize_cubically(writer, pixels, side)});
  return round_to_grey(writer, resized);
}

std::string scale_grey(OnnxWriter& writer, const std::string& square) {
  return writer.op("Div", {square, writer.scalar(kGreys - 1.0)});
}

std::string cut_at_one_half(OnnxWriter& writer, const std::string& probability) {
  return to_float(writer, writer.op("GreaterOrEqual", {probability, writer.scalar(0.5)}));
}

std::string equalise(OnnxWriter& writer, const std::string& square, int64_t side, double clip_limit,
                     int64_t tiles) {
  const auto missing = (tiles - side % tiles) % tiles;
  auto padded = square;
  if (missing > 0) {
    padded = writer.op("Pad", {square, writer.integers({0, 0, 0, 0, 0, 0, missing, missing})},
                       [](NodeWriter& node) { node.set("mode", "reflect"); });
  }
  const auto tile = (side + missing) / tiles;
  const auto curves = tile_curves(writer, padded, tile, clip_limit, tiles);
  const auto greys =
      cast(writer, reshaped(writer, square, {-1, side * side}), onnx::TensorProto::INT64);
  const auto axis = neighbours(side, tile, tiles);
  // What the curve of one neighbouring tile makes of every pixel, times the tile's share.
  const auto part = [&](const at::Tensor& rows, const at::Tensor& columns,
                        const at::Tensor& row_share, const at::Tensor& column_share) {
    const auto tile_of = (rows.unsqueeze(1) * tiles + columns.unsqueeze(0)) * kGreys;
    const auto places = writer.op("Add", {greys, writer.integer_tensor(tile_of.view({1, -1}))});
    const auto found = writer.op("GatherElements", {curves, places},
                                 [](NodeWriter& node) { node.set("axis", int64_t{1}); });
    return writer.op("Mul",
                     {found, writer.weight(at::outer(row_share, column_share).view({1, -1}))});
  };
  const auto& [low, high, share] = axis;
  const auto rest = 1 - share;
  const auto upper = writer.op("Add", {part(low, low, rest, rest), part(low, high, rest, share)});
  const auto lower =
      writer.op("Add", {part(high, low, share, rest), part(high, high, share, share)});
  const auto mixed = round_to_grey(writer, writer.op("Add", {upper, lower}));
  return reshaped(writer, mixed, {-1, 1, side, side});
}

}  // namespace cxrnet::engine
