#include "phantom/raster.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace cxrnet::imaging::phantom {
namespace {

constexpr int kDiscCorners = 16;
constexpr double kSpacing = 0.3;           // of the discs along a tube, in radii
constexpr double kNarrowestSpacing = 0.4;  // in pixels: less is not seen
constexpr double kWidestSpacing = 0.9;     // in pixels: more is seen as beads

const std::array<Point, kDiscCorners>& unit_circle() {
  static const auto circle = [] {
    std::array<Point, kDiscCorners> corners;
    for (int i = 0; i < kDiscCorners; ++i) {
      const double angle = 2.0 * std::numbers::pi * i / kDiscCorners;
      corners[static_cast<std::size_t>(i)] = {std::cos(angle), std::sin(angle)};
    }
    return corners;
  }();
  return circle;
}

}  // namespace

Raster::Raster(int size, const Pose& pose)
    : size_(size), pose_(pose), difference_(size, size + 2, CV_64FC1, cv::Scalar(0)) {}

void Raster::add(const Patch& patch) {
  std::vector<Point> pixels;
  pixels.reserve(patch.corners.size());
  for (const Point& corner : patch.corners) pixels.push_back(pose_.to_image(corner) * size_);
  double twice_area = 0.0;  // its sign is the winding, which mirrored anatomy and pose may flip
  for (std::size_t i = 0; i < pixels.size(); ++i)
    twice_area += pixels[i].cross(pixels[(i + 1) % pixels.size()]);
  add_outline(pixels, std::copysign(patch.attenuation, patch.attenuation * twice_area));
}

// A row of overlapping discs: across the tube their sum is the chord of a cylinder, 2 sqrt(r² −
// d²).
void Raster::add(const Tube& tube) {
  for (std::size_t i = 0; i + 1 < tube.nodes.size(); ++i) {
    const TubeNode& from = tube.nodes[i];
    const TubeNode& to = tube.nodes[i + 1];
    const Point start = pose_.to_image(from.at) * size_;
    const Point step = pose_.to_image(to.at) * size_ - start;
    const double scale = pose_.mean_scale() * size_;
    const double thinnest = std::min(from.radius, to.radius) * scale;
    const double widest = std::clamp(kSpacing * thinnest, kNarrowestSpacing, kWidestSpacing);
    const int stamps = std::max(1, static_cast<int>(std::ceil(cv::norm(step) / widest)));
    const double spacing = cv::norm(step) / stamps;
    for (int k = 0; k < stamps; ++k) {
      const double t = (k + 0.5) / stamps;
      const double radius = std::lerp(from.radius, to.radius, t) * scale;
      const double weight =
          std::lerp(from.attenuation, to.attenuation, t) * spacing / (2.0 * radius);
      add_disc(start + t * step, radius, weight);
      if (tube.marrow_radius > 0.0)
        add_disc(start + t * step, tube.marrow_radius * radius, -tube.marrow_loss * weight);
    }
  }
}

cv::Mat Raster::finish() const {
  cv::Mat sum(size_, size_, CV_32FC1);
  for (int y = 0; y < size_; ++y) {
    const auto* difference = difference_.ptr<double>(y);
    auto* out = sum.ptr<float>(y);
    double running = 0.0;
    for (int x = 0; x < size_; ++x) out[x] = static_cast<float>(running += difference[x]);
  }
  return sum;
}

void Raster::add_outline(const std::vector<Point>& pixels, double weight) {
  for (std::size_t i = 0; i < pixels.size(); ++i)
    add_edge(pixels[i], pixels[(i + 1) % pixels.size()], weight);
}

void Raster::add_disc(Point pixel, double radius, double weight) {
  constexpr double kSmall = 1.5;  // pixels, below which half of the corners do
  const std::size_t stride = radius < kSmall ? 2 : 1;
  disc_.clear();
  for (std::size_t i = 0; i < kDiscCorners; i += stride)
    disc_.push_back(pixel + radius * unit_circle()[i]);
  add_outline(disc_, weight);
}

void Raster::add_edge(Point from, Point to, double weight) {
  if (from.y == to.y) return;
  // A clockwise outline (y down) goes up along its left side: there the coverage begins.
  double sign = -weight;
  if (from.y > to.y) {
    std::swap(from, to);
    sign = weight;
  }
  const double slope = (to.x - from.x) / (to.y - from.y);
  const int first = std::max(0, static_cast<int>(std::floor(from.y)));
  const int last = std::min(size_ - 1, static_cast<int>(std::ceil(to.y)) - 1);
  for (int row = first; row <= last; ++row) {
    const double top = std::max<double>(row, from.y);
    const double bottom = std::min<double>(row + 1, to.y);
    const double x0 = from.x + (top - from.y) * slope;
    const double x1 = from.x + (bottom - from.y) * slope;
    add_span(row, std::min(x0, x1), std::max(x0, x1), sign * (bottom - top));
  }
}

// One row's part of an edge, from column x0 to x1: everything right of it gains `area`, the pixels
// it crosses a share.
void Raster::add_span(int row, double x0, double x1, double area) {
  auto* out = difference_.ptr<double>(row);
  x0 = std::clamp<double>(x0, 0.0, size_);
  x1 = std::clamp<double>(x1, 0.0, size_);
  const int first = static_cast<int>(x0);
  const int last = static_cast<int>(x1);
  double covered = 0.0;  // coverage of the pixel before, of this span alone
  for (int column = first; column <= last; ++column) {
    // Integral over the pixel of the part of the edge that lies left of each point.
    double cover = 1.0;
    if (x1 - x0 < 1e-9) {
      cover = column + 1 - x0;
    } else {
      const double enter = std::max<double>(x0, column);
      const double leave = std::min<double>(x1, column + 1);
      const double mean = ((enter - x0) + (leave - x0)) / (2.0 * (x1 - x0));
      cover = mean * (leave - enter) + (column + 1 - leave) * (leave - x0) / (x1 - x0);
    }
    out[column] += area * (cover - covered);
    covered = cover;
  }
  out[last + 1] += area * (1.0 - covered);
}

}  // namespace cxrnet::imaging::phantom
