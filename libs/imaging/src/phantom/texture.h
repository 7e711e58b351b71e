// Seeded smooth noise in normalised coordinates: the same field at every image size.
#pragma once

#include <opencv2/core/mat.hpp>

#include "cxrnet/core/random.h"

namespace cxrnet::imaging::phantom {

/// Gaussian noise, mean 0 and variance about 1, whose finest detail is 1/cells of the picture.
/// [size, size] CV_32FC1.
cv::Mat smooth_noise(Random& random, int cells, int size);

/// Sum of `octaves` fields, each twice as fine and `roughness` times as strong as the one before;
/// variance about 1.
cv::Mat fractal_noise(Random& random, int cells, int octaves, double roughness, int size);

/// Thin bright lines along the zero crossings of smooth noise, 0 … 1: a net with meshes of about
/// 1/cells.
cv::Mat net_noise(Random& random, int cells, int size);

}  // namespace cxrnet::imaging::phantom
