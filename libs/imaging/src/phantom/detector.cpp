#include "phantom/detector.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "phantom/anatomy.h"

namespace cxrnet::imaging::phantom {
namespace {

// Detected without a patient at exposure 1: a chest's dose times a real quantum efficiency.
constexpr double kPhotonsPerMm2 = 2.5e5;
// Standard deviations of blurs, as fractions of the side.
constexpr double kUnsharpness = 0.0011;   // focal spot and detector, about 0.5 mm
constexpr double kScatterSpread = 0.075;  // scattered radiation
constexpr double kBaseSpread = 0.055;     // the low frequencies that processing compresses

// What differs between X-ray rooms.
struct Room {
  double scatter;      // scattered over primary radiation, after the grid
  double detail;       // gain of what is finer than kBaseSpread
  double compression;  // gain of what is coarser
  double contrast;     // steepness of the grey-scale curve
  double brightness;   // shift of the window, in units of its width
  double gamma;
};

Room sample_room(Random& random) {
  return {.scatter = random.uniform(0.20, 0.45),
          .detail = random.uniform(1.15, 1.65),
          .compression = random.uniform(0.72, 0.95),
          .contrast = random.uniform(3.2, 4.4),
          .brightness = random.uniform(-0.05, 0.07),
          .gamma = random.uniform(0.85, 1.15)};
}

cv::Mat blurred(const cv::Mat& image, double sigma) {
  cv::Mat out;
  cv::GaussianBlur(image, out, {}, sigma * image.cols, 0, cv::BORDER_REPLICATE);
  return out;
}

// A wide blur, done on a small copy.
cv::Mat widely_blurred(const cv::Mat& image, double sigma) {
  constexpr int kSmall = 64;
  cv::Mat small;
  cv::resize(image, small, {kSmall, kSmall}, 0, 0, cv::INTER_AREA);
  cv::Mat out;
  cv::resize(blurred(small, sigma), out, image.size(), 0, 0, cv::INTER_CUBIC);
  return out;
}

cv::Mat transmission(const cv::Mat& attenuation) {
  cv::Mat out;
  cv::exp(-attenuation, out);
  return out;
}

cv::Mat negative_log(const cv::Mat& intensity) {
  cv::Mat out;
  cv::log(intensity, out);
  return -out;
}

/// Counting photons: a Poisson variable at these numbers is normal, its variance the number itself.
void add_quantum_noise(cv::Mat& intensity, const PhantomOptions& options) {
  if (options.noise == 0.0) return;
  Random random = stream(options.seed, Stream::noise);
  const double pixel_mm = 10.0 * kFieldCm / intensity.cols;
  const double photons = kPhotonsPerMm2 * pixel_mm * pixel_mm * options.exposure;
  const double scale = options.noise / std::sqrt(photons);
  for (int y = 0; y < intensity.rows; ++y) {
    for (int x = 0; x < intensity.cols; ++x) {
      float& value = intensity.at<float>(y, x);
      value = static_cast<float>(
          std::max(0.05 * value, value + scale * std::sqrt(value) * random.normal()));
    }
  }
}

struct Window {
  double low, high;
};

/// The grey-scale window: from the darkest lung to the densest mediastinum, found in the body as a
/// detector does it.
Window find_window(const cv::Mat& density, const cv::Mat& anatomy) {
  std::vector<float> body;
  const int step = std::max(1, density.cols / 128);
  for (int y = step / 2; y < density.rows; y += step) {
    for (int x = step / 2; x < density.cols; x += step) {
      if (anatomy.at<float>(y, x) > 0.8F) body.push_back(density.at<float>(y, x));
    }
  }
  if (body.empty()) return {0.0, 1.0};
  const auto quantile = [&](double share) {
    const auto nth =
        body.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(body.size() - 1));
    std::nth_element(body.begin(), nth, body.end());
    return static_cast<double>(*nth);
  };
  return {quantile(0.03), quantile(0.96)};
}

/// The grey-scale curve: logistic like a film's, so that nothing inside the body is cut off.
cv::Mat develop(const cv::Mat& density, const Window& window, const Room& room) {
  cv::Mat image(density.size(), CV_16UC1);
  const double width = std::max(1e-3, window.high - window.low);
  for (int y = 0; y < density.rows; ++y) {
    for (int x = 0; x < density.cols; ++x) {
      const double position =
          (density.at<float>(y, x) - window.low) / width - 0.5 + room.brightness;
      const double grey = std::pow(1.0 / (1.0 + std::exp(-room.contrast * position)), room.gamma);
      image.at<uint16_t>(y, x) = static_cast<uint16_t>(std::lround(65535.0 * grey));
    }
  }
  return image;
}

}  // namespace

cv::Mat expose(const cv::Mat& anatomy, const cv::Mat& lesion, const PhantomOptions& options) {
  Random random = stream(options.seed, Stream::detector);
  const Room room = sample_room(random);
  const cv::Mat primary = blurred(transmission(anatomy), kUnsharpness);
  const cv::Mat scatter = room.scatter * widely_blurred(cv::min(primary, 0.35), kScatterSpread);
  const cv::Mat healthy = negative_log(primary + scatter);
  const cv::Mat base = widely_blurred(healthy, kBaseSpread);
  const Window window =
      find_window(room.compression * base + room.detail * (healthy - base), anatomy);

  // Beer–Lambert, relative to the open beam.
  cv::Mat intensity = primary.mul(transmission(lesion)) + scatter;
  add_quantum_noise(intensity, options);
  const cv::Mat density = negative_log(intensity) - std::log(options.exposure);
  return develop(room.compression * base + room.detail * (density - base), window, room);
}

}  // namespace cxrnet::imaging::phantom
