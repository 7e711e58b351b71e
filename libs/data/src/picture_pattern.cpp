#include "picture_pattern.h"

#include <algorithm>
#include <cmath>

namespace cxrnet::data {
namespace {

constexpr int kThumbnail = 2 * kPatternSide;
constexpr int kFlatBar = 8;  // grey levels within a row or column of a bar
constexpr int64_t kLeastSide = 8;
constexpr int kLocal = 3, kAround = 4;  // radii of the boxes that brightness and contrast are of
constexpr float kLeastContrast = 2.0F;  // grey levels: flat parts stay flat

using Thumbnail = std::vector<float>;  // [kThumbnail · kThumbnail]

struct Window {
  int64_t top, left, bottom, right;
};

// How much of the source's rows (or columns) `first` … `last` each cell of the thumbnail covers.
struct Coverage {
  int64_t begin;
  std::vector<float> weights;
};

std::vector<Coverage> coverages(int64_t first, int64_t last) {
  std::vector<Coverage> cells;
  const double step = static_cast<double>(last - first) / kThumbnail;
  for (int cell = 0; cell < kThumbnail; ++cell) {
    const double low = static_cast<double>(first) + cell * step, high = low + step;
    Coverage coverage{.begin = static_cast<int64_t>(low), .weights = {}};
    for (int64_t at = coverage.begin; at < last && static_cast<double>(at) < high; ++at) {
      const double part =
          std::min(high, static_cast<double>(at + 1)) - std::max(low, static_cast<double>(at));
      coverage.weights.push_back(static_cast<float>(part / step));
    }
    cells.push_back(std::move(coverage));
  }
  return cells;
}

Thumbnail shrink(const GreyPicture& picture, const Window& window) {
  const auto rows = coverages(window.top, window.bottom);
  const auto columns = coverages(window.left, window.right);
  Thumbnail thumbnail(std::size_t{kThumbnail} * kThumbnail);
  std::vector<float> line(kThumbnail);
  for (int y = 0; y < kThumbnail; ++y) {
    for (std::size_t k = 0; k < rows[y].weights.size(); ++k) {
      const auto* source =
          picture.pixels.data() + (rows[y].begin + static_cast<int64_t>(k)) * picture.width;
      for (int x = 0; x < kThumbnail; ++x) {
        float sum = 0;
        for (std::size_t i = 0; i < columns[x].weights.size(); ++i)
          sum += columns[x].weights[i] * source[columns[x].begin + static_cast<int64_t>(i)];
        thumbnail[static_cast<std::size_t>(y * kThumbnail + x)] += rows[y].weights[k] * sum;
      }
    }
  }
  return thumbnail;
}

// The mean of 2 · radius + 1 values along one axis; the border's values go on beyond it.
Thumbnail box_mean(const Thumbnail& image, int radius, int stride, int other) {
  Thumbnail mean(image.size());
  for (int line = 0; line < kThumbnail; ++line) {
    const auto at = [&](int i) {
      return image[static_cast<std::size_t>(line * other +
                                            std::clamp(i, 0, kThumbnail - 1) * stride)];
    };
    float sum = 0;
    for (int i = -radius; i <= radius; ++i) sum += at(i);
    for (int i = 0; i < kThumbnail; ++i) {
      mean[static_cast<std::size_t>(line * other + i * stride)] =
          sum / static_cast<float>(2 * radius + 1);
      sum += at(i + radius + 1) - at(i - radius);
    }
  }
  return mean;
}

Thumbnail blur(Thumbnail image, int radius) {
  for (int time = 0; time < 2; ++time) {
    image = box_mean(image, radius, 1, kThumbnail);
    image = box_mean(image, radius, kThumbnail, 1);
  }
  return image;
}

// Without mean and of length 1, so that a sum of products is a correlation.
void normalise(std::vector<float>& pattern) {
  double sum = 0, squares = 0;
  for (const float value : pattern) sum += value;
  const auto mean = static_cast<float>(sum / static_cast<double>(pattern.size()));
  for (float& value : pattern) {
    value -= mean;
    squares += static_cast<double>(value) * value;
  }
  const auto length = static_cast<float>(std::sqrt(squares));
  for (float& value : pattern) value = length > 1e-6F ? value / length : 0.0F;
}

std::vector<float> pattern_of(const GreyPicture& picture, const Window& window) {
  Thumbnail detail = shrink(picture, window);
  const auto brightness = blur(detail, kLocal);
  Thumbnail squares(detail.size());
  for (std::size_t i = 0; i < detail.size(); ++i) {
    detail[i] -= brightness[i];
    squares[i] = detail[i] * detail[i];
  }
  const auto variance = blur(std::move(squares), kAround);
  for (std::size_t i = 0; i < detail.size(); ++i)
    detail[i] /= std::sqrt(std::max(variance[i], 0.0F)) + kLeastContrast;
  std::vector<float> pattern(std::size_t{kPatternSide} * kPatternSide);
  for (std::size_t y = 0; y < kThumbnail; ++y) {
    for (std::size_t x = 0; x < kThumbnail; ++x)
      pattern[y / 2 * kPatternSide + x / 2] += detail[y * kThumbnail + x] / 4;
  }
  normalise(pattern);
  return pattern;
}

std::vector<float> mirrored(const std::vector<float>& pattern) {
  auto result = pattern;
  for (int y = 0; y < kPatternSide; ++y)
    std::reverse(result.begin() + y * kPatternSide, result.begin() + (y + 1) * kPatternSide);
  return result;
}

bool is_flat(const uint8_t* values, int64_t count, int64_t stride) {
  int low = 255, high = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int value = values[i * stride];
    low = std::min(low, value);
    high = std::max(high, value);
  }
  return high - low <= kFlatBar;
}

// Without the bars that programs pad pictures by.
Window without_bars(const GreyPicture& picture) {
  Window window{0, 0, picture.height, picture.width};
  const auto* pixels = picture.pixels.data();
  const auto flat_row = [&](int64_t y) {
    return is_flat(pixels + y * picture.width, picture.width, 1);
  };
  const auto flat_column = [&](int64_t x) {
    return is_flat(pixels + x, picture.height, picture.width);
  };
  while (window.top < window.bottom - kLeastSide && flat_row(window.top)) ++window.top;
  while (window.bottom - kLeastSide > window.top && flat_row(window.bottom - 1)) --window.bottom;
  while (window.left < window.right - kLeastSide && flat_column(window.left)) ++window.left;
  while (window.right - kLeastSide > window.left && flat_column(window.right - 1)) --window.right;
  return window;
}

Window central(const Window& window, double margin) {
  const auto dy = std::llround(margin * static_cast<double>(window.bottom - window.top));
  const auto dx = std::llround(margin * static_cast<double>(window.right - window.left));
  return {window.top + dy, window.left + dx, window.bottom - dy, window.right - dx};
}

}  // namespace

std::vector<std::vector<float>> patterns_of(const GreyPicture& picture) {
  const Window whole{0, 0, picture.height, picture.width};
  if (picture.height < kLeastSide || picture.width < kLeastSide)
    return std::vector(5, std::vector<float>(std::size_t{kPatternSide} * kPatternSide));
  auto pattern = pattern_of(picture, whole);
  auto flipped = mirrored(pattern);
  return {std::move(pattern), pattern_of(picture, without_bars(picture)),
          pattern_of(picture, central(whole, 0.03)), pattern_of(picture, central(whole, 0.06)),
          std::move(flipped)};
}

}  // namespace cxrnet::data
