// Exact-area rasterisation of polygons and tubes, accumulated as attenuation.
#pragma once

#include <opencv2/core/mat.hpp>
#include <vector>

#include "phantom/anatomy.h"

namespace cxrnet::imaging::phantom {

/// Sums shapes into a [size, size] map. Each polygon edge adds its signed area coverage to a
/// difference image whose running sum along the rows is the coverage of every pixel: exact
/// antialiasing, at a cost that grows with outlines and not with areas.
class Raster {
 public:
  Raster(int size, const Pose& pose);

  void add(const Patch& patch);
  void add(const Tube& tube);

  /// The sum of all shapes, CV_32FC1.
  cv::Mat finish() const;

 private:
  void add_edge(Point from, Point to, double weight);
  void add_span(int row, double x0, double x1, double area);
  void add_outline(const std::vector<Point>& pixels, double weight);
  void add_disc(Point pixel, double radius, double weight);

  int size_;
  Pose pose_;
  cv::Mat difference_;       // CV_64FC1 [size, size + 2]
  std::vector<Point> disc_;  // scratch outline of one disc
};

}  // namespace cxrnet::imaging::phantom
