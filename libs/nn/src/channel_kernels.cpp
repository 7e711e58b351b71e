#include "channel_kernels.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

#include "cxrnet/core/vectorise.h"

namespace cxrnet::nn {
namespace {

// Few channels leave short loops: coefficients are repeated for as many pixels as make a tile of
// about this many values, and a tile's loop runs over all of them.
constexpr int64_t kTileValues = 512;
constexpr int64_t kValuesPerTask = 1 << 15;
// Sums of so many tiles fit f32 well; then they are added up in f64.
constexpr int64_t kTilesPerSum = 64;

CXRNET_INLINE float to_float(float value) { return value; }
CXRNET_INLINE float to_float(c10::BFloat16 value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value.x) << 16U);
}

template <class T>
CXRNET_INLINE T rounded(float value);
template <>
CXRNET_INLINE float rounded<float>(float value) {
  return value;
}
// To the nearest, ties to even; what is no number stays none.
template <>
CXRNET_INLINE c10::BFloat16 rounded<c10::BFloat16>(float value) {
  constexpr uint32_t kNan = 0x7FC0;
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t nearest = (bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U;
  return {static_cast<uint16_t>(value == value ? nearest : kNan), c10::BFloat16::from_bits()};
}

CXRNET_INLINE float rectify(float value, float negative_slope) {
  return value > 0.0F ? value : value * negative_slope;
}

// The gradient before a rectifier of `value` (or of what has its sign) from that behind it.
CXRNET_INLINE float before_rectifier(float gradient, float value, float negative_slope) {
  return value > 0.0F ? gradient : gradient * negative_slope;
}

// A map cut into tiles of whole pixels; the last may be shorter.
class Tiles {
 public:
  explicit Tiles(ChannelMap map)
      : map_(map), pixels_(std::max<int64_t>(1, kTileValues / map.channels)) {}

  std::size_t values() const { return static_cast<std::size_t>(pixels_ * map_.channels); }
  int64_t count() const { return (map_.pixels + pixels_ - 1) / pixels_; }
  std::size_t begin(int64_t tile) const { return static_cast<std::size_t>(tile) * values(); }
  std::size_t size(int64_t tile) const {
    const auto pixels = std::min(pixels_, map_.pixels - tile * pixels_);
    return static_cast<std::size_t>(pixels * map_.channels);
  }

  // One value per channel, repeated for each pixel of a tile.
  std::vector<float> repeated(const std::vector<float>& per_channel) const {
    std::vector<float> tile;
    tile.reserve(values());
    for (int64_t pixel = 0; pixel < pixels_; ++pixel)
      tile.insert(tile.end(), per_channel.begin(), per_channel.end());
    return tile;
  }

  // Calls body(first, last) with ranges of tiles, on all threads.
  template <class Body>
  void for_each_range(const Body& body) const {
    const auto grain = std::max<int64_t>(1, kValuesPerTask / static_cast<int64_t>(values()));
    at::parallel_for(0, count(), grain, body);
  }

  // Calls body(begin, size) with each tile's values, on all threads.
  template <class Body>
  void for_each(const Body& body) const {
    for_each_range([&](int64_t first, int64_t last) {
      for (int64_t tile = first; tile < last; ++tile) body(begin(tile), size(tile));
    });
  }

 private:
  ChannelMap map_;
  int64_t pixels_;
};

// Two sums per channel over all tiles. `add(tile, first_sum, second_sum)` adds a tile's values to
// two arrays of a tile's length. Threads add up apart and are joined in order, so that the sums
// depend on the number of threads alone.
template <class AddTile>
std::pair<std::vector<double>, std::vector<double>> channel_sums(const Tiles& tiles,
                                                                 std::size_t channels,
                                                                 const AddTile& add) {
  const auto threads = static_cast<std::size_t>(at::get_num_threads());
  std::vector<std::vector<double>> partial(threads);
  tiles.for_each_range([&](int64_t first, int64_t last) {
    auto& sums = partial[static_cast<std::size_t>(at::get_thread_num())];
    sums.assign(2 * channels, 0.0);
    std::vector<float> tile_sums(2 * tiles.values());
    for (int64_t start = first; start < last; start += kTilesPerSum) {
      std::fill(tile_sums.begin(), tile_sums.end(), 0.0F);
      for (int64_t tile = start; tile < std::min(last, start + kTilesPerSum); ++tile)
        add(tile, tile_sums.data(), tile_sums.data() + tiles.values());
      for (std::size_t i = 0; i < tiles.values(); ++i) {
        sums[i % channels] += tile_sums[i];
        sums[channels + i % channels] += tile_sums[tiles.values() + i];
      }
    }
  });
  std::pair<std::vector<double>, std::vector<double>> total{std::vector<double>(channels),
                                                            std::vector<double>(channels)};
  for (const auto& sums : partial) {
    if (sums.empty()) continue;
    for (std::size_t channel = 0; channel < channels; ++channel) {
      total.first[channel] += sums[channel];
      total.second[channel] += sums[channels + channel];
    }
  }
  return total;
}

// The kernels proper, on one tile of `size` values; per-channel values are repeated for it.
struct TileScale {
  const float* __restrict scale;
  const float* __restrict shift;
  float negative_slope;
};

template <class T>
CXRNET_INLINE void add_moments(const T* __restrict input, const float* __restrict pilot,
                               std::size_t size, float* __restrict sums,
                               float* __restrict squares) {
  for (std::size_t i = 0; i < size; ++i) {
    const float centred = to_float(input[i]) - pilot[i];
    sums[i] += centred;
    squares[i] += centred * centred;
  }
}

template <class T>
CXRNET_INLINE void scale(const T* __restrict input, TileScale norm, std::size_t size,
                         T* __restrict output) {
  for (std::size_t i = 0; i < size; ++i) {
    output[i] = rounded<T>(
        rectify(to_float(input[i]) * norm.scale[i] + norm.shift[i], norm.negative_slope));
  }
}

template <class T>
CXRNET_INLINE void scale_and_add(const T* __restrict input, const T* __restrict residual,
                                 TileScale norm, std::size_t size, T* __restrict output) {
  for (std::size_t i = 0; i < size; ++i) {
    const float sum = to_float(input[i]) * norm.scale[i] + norm.shift[i] + to_float(residual[i]);
    output[i] = rounded<T>(rectify(sum, norm.negative_slope));
  }
}

template <class T>
CXRNET_INLINE void add_gradients(const T* __restrict gradient, const T* __restrict input,
                                 TileScale norm, const float* __restrict mean, std::size_t size,
                                 float* __restrict sums, float* __restrict products) {
  for (std::size_t i = 0; i < size; ++i) {
    const float x = to_float(input[i]);
    const float g = before_rectifier(to_float(gradient[i]), x * norm.scale[i] + norm.shift[i],
                                     norm.negative_slope);
    sums[i] += g;
    products[i] += g * (x - mean[i]);
  }
}

template <class T>
CXRNET_INLINE void add_gradients_of_sum(const T* __restrict gradient, const T* __restrict input,
                                        const T* __restrict output, float negative_slope,
                                        const float* __restrict mean, std::size_t size,
                                        T* __restrict before, float* __restrict sums,
                                        float* __restrict products) {
  for (std::size_t i = 0; i < size; ++i) {
    const float g = before_rectifier(to_float(gradient[i]), to_float(output[i]), negative_slope);
    before[i] = rounded<T>(g);
    sums[i] += g;
    products[i] += g * (to_float(input[i]) - mean[i]);
  }
}

struct TileGradient {
  const float* __restrict by_gradient;
  const float* __restrict by_input;
  const float* __restrict constant;
};

template <class T>
CXRNET_INLINE void rectified_gradient(const T* __restrict gradient, const T* __restrict input,
                                      TileScale norm, TileGradient by, std::size_t size,
                                      T* __restrict output) {
  for (std::size_t i = 0; i < size; ++i) {
    const float x = to_float(input[i]);
    const float g = before_rectifier(to_float(gradient[i]), x * norm.scale[i] + norm.shift[i],
                                     norm.negative_slope);
    output[i] = rounded<T>(by.by_gradient[i] * g + by.by_input[i] * x + by.constant[i]);
  }
}

template <class T>
CXRNET_INLINE void linear_gradient(const T* __restrict before, const T* __restrict input,
                                   TileGradient by, std::size_t size, T* __restrict output) {
  for (std::size_t i = 0; i < size; ++i) {
    output[i] = rounded<T>(by.by_gradient[i] * to_float(before[i]) +
                           by.by_input[i] * to_float(input[i]) + by.constant[i]);
  }
}

// Per-channel values repeated for a tile, and kept while the tiles are gone through.
class RepeatedScale {
 public:
  RepeatedScale(const Tiles& tiles, const ChannelScale& norm)
      : scale_(tiles.repeated(norm.scale)),
        shift_(tiles.repeated(norm.shift)),
        negative_slope_(norm.negative_slope) {}
  TileScale tile() const { return {scale_.data(), shift_.data(), negative_slope_}; }

 private:
  std::vector<float> scale_, shift_;
  float negative_slope_;
};
class RepeatedGradient {
 public:
  RepeatedGradient(const Tiles& tiles, const InputGradient& by)
      : by_gradient_(tiles.repeated(by.by_gradient)),
        by_input_(tiles.repeated(by.by_input)),
        constant_(tiles.repeated(by.constant)) {}
  TileGradient tile() const { return {by_gradient_.data(), by_input_.data(), constant_.data()}; }

 private:
  std::vector<float> by_gradient_, by_input_, constant_;
};

template <class T>
std::vector<float> first_pixel(const T* input, std::size_t channels) {
  std::vector<float> values(channels);
  std::transform(input, input + channels, values.begin(), [](T value) { return to_float(value); });
  return values;
}

}  // namespace

// In one pass, centred at the first pixel, so that a mean far from 0 costs no digits.
template <class T>
ChannelMoments channel_moments(const T* input, ChannelMap map) {
  const auto channels = static_cast<std::size_t>(map.channels);
  const Tiles tiles(map);
  const auto pilot = first_pixel(input, channels);
  const auto centre = tiles.repeated(pilot);
  const auto [sums, squares] =
      channel_sums(tiles, channels, [&](int64_t tile, float* sum, float* square) {
        vectorised<add_moments<T>>(input + tiles.begin(tile), centre.data(), tiles.size(tile), sum,
                                   square);
      });
  ChannelMoments moments{std::vector<float>(channels), std::vector<float>(channels)};
  const auto count = static_cast<double>(map.pixels);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const double mean = sums[channel] / count;
    moments.mean[channel] = static_cast<float>(pilot[channel] + mean);
    // max() would turn what is no number into 0.
    const double variance = squares[channel] / count - mean * mean;
    moments.variance[channel] = static_cast<float>(variance < 0.0 ? 0.0 : variance);
  }
  return moments;
}

template <class T>
void scale_and_rectify(const T* input, const T* residual, const ChannelScale& norm, ChannelMap map,
                       T* output) {
  const Tiles tiles(map);
  const RepeatedScale repeated(tiles, norm);
  tiles.for_each([&](std::size_t at, std::size_t size) {
    if (residual == nullptr) {
      vectorised<scale<T>>(input + at, repeated.tile(), size, output + at);
    } else {
      vectorised<scale_and_add<T>>(input + at, residual + at, repeated.tile(), size, output + at);
    }
  });
}

template <class T>
GradientSums gradient_sums(const T* gradient, const T* input, const ChannelScale& norm,
                           const std::vector<float>& means, ChannelMap map) {
  const Tiles tiles(map);
  const RepeatedScale repeated(tiles, norm);
  const auto mean = tiles.repeated(means);
  const auto [sums, products] = channel_sums(
      tiles, static_cast<std::size_t>(map.channels), [&](int64_t tile, float* sum, float* product) {
        const auto at = tiles.begin(tile);
        vectorised<add_gradients<T>>(gradient + at, input + at, repeated.tile(), mean.data(),
                                     tiles.size(tile), sum, product);
      });
  return {{sums.begin(), sums.end()}, {products.begin(), products.end()}};
}

template <class T>
GradientSums gradient_sums_of_sum(const T* gradient, const T* input, const T* output,
                                  float negative_slope, const std::vector<float>& means,
                                  ChannelMap map, T* before) {
  const Tiles tiles(map);
  const auto mean = tiles.repeated(means);
  const auto [sums, products] = channel_sums(
      tiles, static_cast<std::size_t>(map.channels), [&](int64_t tile, float* sum, float* product) {
        const auto at = tiles.begin(tile);
        vectorised<add_gradients_of_sum<T>>(gradient + at, input + at, output + at, negative_slope,
                                            mean.data(), tiles.size(tile), before + at, sum,
                                            product);
      });
  return {{sums.begin(), sums.end()}, {products.begin(), products.end()}};
}

template <class T>
void rectified_input_gradient(const T* gradient, const T* input, const ChannelScale& norm,
                              const InputGradient& by, ChannelMap map, T* output) {
  const Tiles tiles(map);
  const RepeatedScale repeated(tiles, norm);
  const RepeatedGradient coefficients(tiles, by);
  tiles.for_each([&](std::size_t at, std::size_t size) {
    vectorised<rectified_gradient<T>>(gradient + at, input + at, repeated.tile(),
                                      coefficients.tile(), size, output + at);
  });
}

template <class T>
void linear_input_gradient(const T* before, const T* input, const InputGradient& by, ChannelMap map,
                           T* output) {
  const Tiles tiles(map);
  const RepeatedGradient coefficients(tiles, by);
  tiles.for_each([&](std::size_t at, std::size_t size) {
    vectorised<linear_gradient<T>>(before + at, input + at, coefficients.tile(), size, output + at);
  });
}

#define CXRNET_INSTANTIATE(T)                                                                  \
  template ChannelMoments channel_moments<T>(const T*, ChannelMap);                            \
  template void scale_and_rectify<T>(const T*, const T*, const ChannelScale&, ChannelMap, T*); \
  template GradientSums gradient_sums<T>(const T*, const T*, const ChannelScale&,              \
                                         const std::vector<float>&, ChannelMap);               \
  template GradientSums gradient_sums_of_sum<T>(const T*, const T*, const T*, float,           \
                                                const std::vector<float>&, ChannelMap, T*);    \
  template void rectified_input_gradient<T>(const T*, const T*, const ChannelScale&,           \
                                            const InputGradient&, ChannelMap, T*);             \
  template void linear_input_gradient<T>(const T*, const T*, const InputGradient&, ChannelMap, T*);
CXRNET_INSTANTIATE(float)
CXRNET_INSTANTIATE(c10::BFloat16)
#undef CXRNET_INSTANTIATE

}  // namespace cxrnet::nn
