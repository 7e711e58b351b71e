#include "cxrnet/data/mask.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>
#include <span>

#include "cxrnet/core/error.h"
#include "cxrnet/core/options.h"

namespace cxrnet::data {
namespace {

constexpr std::size_t kLevels = std::size_t{1} << 16;
constexpr int kFewestShades = 64;       // a range that can hold shades about two values
constexpr std::size_t kMostLabels = 8;  // more values than this are shades, if they may be
constexpr std::size_t kMostColours = 16;
constexpr int kGreyTolerance = 24;     // of the channels of a grey JPEG stored as colour
constexpr double kMostBetween = 0.25;  // of the pixels, half-way between inside and outside
constexpr double kMostBorder = 0.5;    // of the frame; lungs of cxr4 touch at most 0.23 of it
constexpr double kLeastLungs = 0.005;  // of the picture; lungs of cxr4 fill at least 0.09
constexpr double kLeastApart = 0.15;   // of the width, between the centres of two lungs
constexpr double kMostUneven = 0.25;   // of the height, likewise
constexpr double kLeastRatio = 0.2;    // of the smaller lung's area to the larger one's
constexpr std::size_t kShownValues = 5;

// A number for each pixel, of which larger ones are brighter.
struct LevelMap {
  int64_t height, width;
  std::vector<uint16_t> levels;
  bool are_shades = true;  // numbers between two of them mean something between
  bool is_lossy = false;
  int step = 1;
  std::vector<std::string> names;  // of levels that stand for colours
};

std::string subject_of(MaskOf what) { return what == MaskOf::lungs ? "lung mask" : "lesion mask"; }

[[noreturn]] void refuse(MaskOf what, const std::string& expected, const std::string& got,
                         const std::string& remedy) {
  throw Error(ErrorCode::corrupt_image,
              subject_of(what) + ": expected " + expected + ", got " + got + "; " + remedy);
}

std::string percent_of(double share) {
  const auto tenths = std::lround(share * 1000.0);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

// How often each level occurs, and how often amid its like: a region has an inside, an edge has
// none.
struct LevelCounts {
  std::vector<std::size_t> all = std::vector<std::size_t>(kLevels);
  std::vector<std::size_t> amid = std::vector<std::size_t>(kLevels);
};

bool is_amid(const LevelMap& map, int64_t row, int64_t column) {
  const auto at = [&](int64_t y, int64_t x) {
    return map.levels[static_cast<std::size_t>(y * map.width + x)];
  };
  const auto level = at(row, column);
  for (int64_t y = std::max<int64_t>(row - 1, 0); y <= std::min(row + 1, map.height - 1); ++y) {
    for (int64_t x = std::max<int64_t>(column - 1, 0); x <= std::min(column + 1, map.width - 1);
         ++x) {
      if (at(y, x) != level) return false;
    }
  }
  return true;
}

LevelCounts count_levels(const LevelMap& map) {
  LevelCounts counts;
  std::size_t i = 0;
  for (int64_t row = 0; row < map.height; ++row) {
    for (int64_t column = 0; column < map.width; ++column, ++i) {
      ++counts.all[map.levels[i]];
      if (is_amid(map, row, column)) ++counts.amid[map.levels[i]];
    }
  }
  return counts;
}

std::vector<int> levels_with(const std::vector<std::size_t>& counts, std::size_t least) {
  std::vector<int> levels;
  for (std::size_t level = 0; level < counts.size(); ++level) {
    if (counts[level] >= least) levels.push_back(static_cast<int>(level));
  }
  return levels;
}

// "3 values (0, 128, 255)"
std::string found_levels(const LevelMap& map, const std::vector<int>& levels) {
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const bool is_left_out = i >= kShownValues && i + 1 < levels.size();
    if (is_left_out) continue;
    if (i > kShownValues) shown.emplace_back("...");
    const auto level = static_cast<std::size_t>(levels[i]);
    shown.push_back(map.names.empty() ? std::to_string(levels[i] / map.step) : map.names[level]);
  }
  return std::to_string(levels.size()) + (map.names.empty() ? " values (" : " colours (") +
         join(shown) + ")";
}

// Levels that count as one: a value with its shades.
struct Cluster {
  int low, high;
};

std::vector<Cluster> cluster(const std::vector<int>& regions, int most_gap) {
  std::vector<Cluster> clusters;
  for (const int level : regions) {
    if (!clusters.empty() && level - clusters.back().high <= most_gap) {
      clusters.back().high = level;
    } else {
      clusters.push_back({level, level});
    }
  }
  return clusters;
}

struct Shape {
  double area = 0, x = 0, y = 0;  // in pixels; the centre as shares of width and height
};

Shape shape_of(const LevelMap& map, const Cluster& cluster) {
  Shape shape;
  std::size_t i = 0;
  for (int64_t row = 0; row < map.height; ++row) {
    for (int64_t column = 0; column < map.width; ++column, ++i) {
      if (map.levels[i] < cluster.low || map.levels[i] > cluster.high) continue;
      shape.area += 1;
      shape.x += static_cast<double>(column);
      shape.y += static_cast<double>(row);
    }
  }
  shape.x /= shape.area * static_cast<double>(map.width);
  shape.y /= shape.area * static_cast<double>(map.height);
  return shape;
}

// Left and right lung; a heart lies between them, a lobe above another.
bool lie_side_by_side(const LevelMap& map, const Cluster& one, const Cluster& other) {
  const auto a = shape_of(map, one), b = shape_of(map, other);
  return std::abs(a.x - b.x) >= kLeastApart && std::abs(a.y - b.y) <= kMostUneven &&
         std::min(a.area, b.area) >= kLeastRatio * std::max(a.area, b.area);
}

double border_share(const Mask& mask) {
  std::size_t inside = 0, all = 0;
  for (int64_t row = 0; row < mask.height; ++row) {
    const bool is_end = row == 0 || row == mask.height - 1;
    const int64_t stride = is_end || mask.width == 1 ? 1 : mask.width - 1;
    for (int64_t column = 0; column < mask.width; column += stride, ++all)
      inside += mask.inside[static_cast<std::size_t>(row * mask.width + column)];
  }
  return static_cast<double>(inside) / static_cast<double>(all);
}

void require_lungs(const Mask& mask, const std::string& found) {
  const auto inside = std::accumulate(mask.inside.begin(), mask.inside.end(), std::size_t{0});
  const auto share = static_cast<double>(inside) / static_cast<double>(mask.inside.size());
  if (const auto border = border_share(mask); border > kMostBorder) {
    refuse(MaskOf::lungs, "lungs that are brighter than what is around them",
           found + " of which the brighter fill " + percent_of(border) + " of the border",
           "is it inverted? invert it");
  }
  if (share < kLeastLungs) {
    refuse(MaskOf::lungs, "lungs",
           found + " of which the brighter fill " + percent_of(share) + " of the picture",
           "draw it anew or leave mask_path empty");
  }
}

// The level from which on pixels are inside.
int find_cut(const LevelMap& map, MaskOf what, const LevelCounts& counts,
             const std::vector<int>& levels, const std::string& found) {
  const int range = levels.back() - levels.front();
  if (map.is_lossy && range < kFewestShades) {
    refuse(what, "values that lossy compression leaves apart", "a JPEG of " + found,
           "save it as PNG");
  }
  const bool shaded =
      map.are_shades && range >= kFewestShades && (map.is_lossy || levels.size() > kMostLabels);
  const auto least = std::max<std::size_t>(4, map.levels.size() / 2000);
  const auto regions = levels.size() == 2 ? levels : levels_with(counts.amid, least);
  const auto clusters = cluster(regions, shaded ? range / 8 : 0);
  const auto widest = std::accumulate(
      clusters.begin(), clusters.end(), 0,
      [](int width, const Cluster& one) { return std::max(width, one.high - one.low); });
  if (clusters.size() < 2 || widest > range / 4) {
    refuse(what, "two values, inside and outside", found, "is it a picture? give the mask's file");
  }
  const bool are_lungs = what == MaskOf::lungs;
  if (are_lungs && (clusters.size() > 3 ||
                    (clusters.size() == 3 && !lie_side_by_side(map, clusters[1], clusters[2])))) {
    refuse(what, "two values, or three for left and right lung side by side", found,
           "keep the lungs alone, as 0 and 255");
  }
  const int margin = shaded ? range / 8 : 0;
  std::size_t between = 0;
  for (int level = clusters[0].high + margin + 1; level < clusters[1].low - margin; ++level)
    between += counts.all[static_cast<std::size_t>(level)];
  const auto share = static_cast<double>(between) / static_cast<double>(map.levels.size());
  if (share > kMostBetween) {
    refuse(what, "two values, inside and outside",
           found + " with " + percent_of(share) + " of the pixels between",
           "is it a picture? give the mask's file");
  }
  return (clusters[0].high + clusters[1].low) / 2 + 1;
}

int luma_of(std::span<const uint16_t> colour) {
  return (299 * colour[0] + 587 * colour[1] + 114 * colour[2] + 500) / 1000;
}

int spread_of(std::span<const uint16_t> colour) {
  const auto [low, high] = std::minmax({colour[0], colour[1], colour[2]});
  return high - low;
}

using Colour = std::array<uint16_t, 3>;

std::string name_of(const Colour& colour, int opaque) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string name = "#";
  for (const auto value : colour) {
    const int byte = opaque == 255 ? value : value / 257;
    name += {kDigits[static_cast<std::size_t>(byte >> 4 & 15)],
             kDigits[static_cast<std::size_t>(byte & 15)]};
  }
  return name;
}

// Alpha as a part of the mask, or out of the way: [pixels · 1 or 3].
std::vector<uint16_t> without_alpha(const MaskPixels& pixels) {
  const auto channels = static_cast<std::size_t>(pixels.channels);
  if (channels % 2 == 1) return pixels.values;
  const auto colours = channels - 1;
  const auto count = pixels.values.size() / channels;
  const auto* all = pixels.values.data();
  bool same_colour = true, same_alpha = true;
  for (std::size_t i = 1; i < count; ++i) {
    same_colour = same_colour && std::equal(all, all + colours, all + i * channels);
    same_alpha = same_alpha && all[i * channels + colours] == all[colours];
  }
  std::vector<uint16_t> kept;
  kept.reserve(count * colours);
  for (std::size_t i = 0; i < count; ++i) {
    const auto* pixel = all + i * channels;
    const auto alpha = pixel[colours];
    for (std::size_t c = 0; c < colours; ++c) {
      const bool shown = same_alpha || alpha > 0;
      kept.push_back(same_colour && !same_alpha ? alpha : shown ? pixel[c] : uint16_t{0});
    }
  }
  return kept;
}

// Colours numbered from dark to bright.
void number_colours(LevelMap& map, const std::vector<uint16_t>& values, const MaskPixels& pixels,
                    MaskOf what) {
  std::map<Colour, uint16_t> numbers;
  const auto colour_at = [&](std::size_t i) {
    return Colour{values[3 * i], values[3 * i + 1], values[3 * i + 2]};
  };
  for (std::size_t i = 0; i < map.levels.size() && numbers.size() <= kMostColours; ++i)
    numbers.emplace(colour_at(i), 0);
  if (numbers.size() > kMostColours || pixels.is_lossy) {
    refuse(what, "grey, or a few colours without loss",
           pixels.is_lossy ? "a JPEG in colour" : "more than 16 colours",
           "is it a picture? save the mask as PNG in black and white");
  }
  std::vector<Colour> sorted;
  for (const auto& [colour, number] : numbers) sorted.push_back(colour);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Colour& a, const Colour& b) { return luma_of(a) < luma_of(b); });
  if (sorted.size() == 1) sorted.push_back(sorted[0]);  // a blank of one colour is told later
  const int first_step = luma_of(sorted[1]) - luma_of(sorted[0]);
  const bool equally_bright = first_step < pixels.opaque / 32 && luma_of(sorted[0]) > 0;
  if (equally_bright && numbers.size() > 1) {
    refuse(what, "a background darker than what it is around",
           "two colours that are equally bright (" + name_of(sorted[0], pixels.opaque) + ", " +
               name_of(sorted[1], pixels.opaque) + ")",
           "save the mask in black and white");
  }
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    numbers[sorted[i]] = static_cast<uint16_t>(i);
    map.names.push_back(name_of(sorted[i], pixels.opaque));
  }
  for (std::size_t i = 0; i < map.levels.size(); ++i) map.levels[i] = numbers[colour_at(i)];
  map.are_shades = false;
}

// A palette some of whose used entries have the same colour tells by its numbers.
bool tells_by_numbers(const MaskPixels& pixels) {
  if (pixels.indices.empty()) return false;
  std::map<Colour, uint8_t> users;
  for (std::size_t i = 0; i < pixels.indices.size(); ++i) {
    const auto* value = pixels.values.data() + 3 * i;
    const auto user = users.emplace(Colour{value[0], value[1], value[2]}, pixels.indices[i]);
    if (user.first->second != pixels.indices[i]) return true;
  }
  return false;
}

LevelMap level_map_of(const MaskPixels& pixels, MaskOf what) {
  LevelMap map{.height = pixels.height, .width = pixels.width, .levels = {}, .names = {}};
  map.is_lossy = pixels.is_lossy;
  map.step = pixels.step;
  if (tells_by_numbers(pixels)) {
    map.levels.assign(pixels.indices.begin(), pixels.indices.end());
    map.are_shades = false;
    return map;
  }
  const auto values = without_alpha(pixels);
  const auto count = static_cast<std::size_t>(pixels.height * pixels.width);
  if (values.size() == count) {
    map.levels = values;
    return map;
  }
  map.levels.resize(count);
  int spread = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::span<const uint16_t> colour(values.data() + 3 * i, 3);
    spread = std::max(spread, spread_of(colour));
    map.levels[i] = static_cast<uint16_t>(luma_of(colour));
  }
  if (spread > (pixels.is_lossy ? kGreyTolerance : 0)) number_colours(map, values, pixels, what);
  return map;
}

}  // namespace

Mask interpret_mask(const MaskPixels& pixels, MaskOf what) {
  const auto map = level_map_of(pixels, what);
  const auto counts = count_levels(map);
  const auto levels = levels_with(counts.all, 1);
  const auto found = found_levels(map, levels);
  if (levels.size() == 1) {
    refuse(what, "something inside and something outside", found + " in every pixel",
           "draw it anew or leave mask_path empty");
  }
  const int cut = find_cut(map, what, counts, levels, found);
  Mask mask{.height = map.height, .width = map.width, .inside = {}};
  mask.inside.reserve(map.levels.size());
  for (const auto level : map.levels) mask.inside.push_back(level >= cut ? 1 : 0);
  if (what == MaskOf::lungs) require_lungs(mask, found);
  return mask;
}

}  // namespace cxrnet::data
