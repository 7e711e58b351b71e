#include "phantom/texture.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

namespace cxrnet::imaging::phantom {
namespace {

// Cubic interpolation between independent knots lowers the variance.
constexpr float kInterpolationGain = 1.17F;

}  // namespace

cv::Mat smooth_noise(Random& random, int cells, int size) {
  cv::Mat knots(cells, cells, CV_32FC1);
  for (int y = 0; y < cells; ++y) {
    for (int x = 0; x < cells; ++x)
      knots.at<float>(y, x) = kInterpolationGain * static_cast<float>(random.normal());
  }
  cv::Mat field;
  cv::resize(knots, field, {size, size}, 0, 0, cells > size ? cv::INTER_AREA : cv::INTER_CUBIC);
  return field;
}

cv::Mat fractal_noise(Random& random, int cells, int octaves, double roughness, int size) {
  cv::Mat sum(size, size, CV_32FC1, cv::Scalar(0));
  double amplitude = 1.0;
  double power = 0.0;
  for (int octave = 0; octave < octaves; ++octave) {
    cv::scaleAdd(smooth_noise(random, cells << octave, size), amplitude, sum, sum);
    power += amplitude * amplitude;
    amplitude *= roughness;
  }
  return sum / std::sqrt(power);
}

cv::Mat net_noise(Random& random, int cells, int size) {
  constexpr float kLineWidth = 0.28F;  // in standard deviations of the noise
  cv::Mat net = smooth_noise(random, cells, size);
  net.forEach<float>([](float& value, const int*) {
    value = std::exp(-value * value / (2.0F * kLineWidth * kLineWidth));
  });
  return net;
}

}  // namespace cxrnet::imaging::phantom
