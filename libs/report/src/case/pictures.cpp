#include "case/pictures.h"

#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>

#include "cxrnet/imaging/colour_map.h"
#include "cxrnet/imaging/overlay.h"
#include "page/number_text.h"
#include "page/picture.h"

namespace cxrnet::report {
namespace {

constexpr double kHeatOpacity = 0.7;  // of the overlay and of its colour scale
constexpr int kBackgroundGrey = 128;  // stands for the X-ray below the colour scale

// Masks stay sharp: an outline drawn at the shown size is fine where the mask's own pixels are
// coarse.
cv::Mat scaled_mask(const cv::Mat& mask, int side) {
  if (mask.empty()) return {};
  constexpr double kHalf = 127.0;
  cv::Mat scaled;
  cv::threshold(scaled_to(mask, side), scaled, kHalf, 255.0, cv::THRESH_BINARY);
  return scaled;
}

Html figure(const cv::Mat& image, std::string_view alternative_text, const Html& caption) {
  return element("figure", {}, inline_image(image, alternative_text),
                 element("figcaption", {}, caption));
}

Html caption(std::string_view heading, std::string_view explanation) {
  return concat(element("strong", {}, heading), " ", explanation);
}

Html outline_figure(std::string_view title, const pipeline::Diagnosis& diagnosis, int side) {
  cv::Mat picture;
  cv::cvtColor(scaled_to(diagnosis.image, side), picture, cv::COLOR_GRAY2BGR);
  const std::string name(title);
  if (diagnosis.mask.empty()) {
    return figure(picture, "Chest X-ray " + name, caption("X-ray", "as handed in."));
  }
  imaging::draw_lung_outline(picture, scaled_mask(diagnosis.mask, side));
  return figure(picture, "Chest X-ray " + name + " with the outline of the lungs",
                caption("X-ray", "with the lungs that the segmenter found."));
}

Html enhanced_figure(std::string_view title, const pipeline::Diagnosis& diagnosis, nn::Arm arm) {
  const cv::Mat& enhanced = diagnosis.enhanced;
  const bool large = std::max(enhanced.rows, enhanced.cols) > kLongestSide;
  const std::string content = arm == nn::Arm::segmented ? "the lungs alone" : "the whole image";
  return figure(large ? scaled_to(enhanced, kLongestSide) : enhanced,
                "Enhanced image of " + std::string(title) + " that the classifier saw",
                caption("What the classifier saw:",
                        content + ", contrast enhanced, " + std::to_string(enhanced.cols) + " × " +
                            std::to_string(enhanced.rows) + " pixels."));
}

// The overlay's colours, as opaque as the overlay draws them: linear in between is close enough.
std::string colour_scale() {
  constexpr int kStops = 16;
  std::string style = "background:linear-gradient(90deg";
  for (int stop = 0; stop <= kStops; ++stop) {
    const int heat = 255 * stop / kStops;
    const auto& bgr = imaging::heat_colours()[static_cast<std::size_t>(heat)];
    style += ",rgb(";
    for (const int channel : {2, 1, 0}) {
      const double alpha = kHeatOpacity * heat / 255.0;
      const double shown = kBackgroundGrey + alpha * (bgr[channel] - kBackgroundGrey);
      style += std::to_string(std::lround(shown)) + (channel == 0 ? ")" : " ");
    }
  }
  return style + ")";
}

Html heat_figure(std::string_view title, const pipeline::Diagnosis& diagnosis, int side) {
  if (diagnosis.heat.empty()) return {};
  const auto overlay =
      imaging::heat_overlay(scaled_to(diagnosis.image, side), scaled_to(diagnosis.heat, side),
                            scaled_mask(diagnosis.mask, side), kHeatOpacity);
  static const std::string kScale = colour_scale();
  const Html scale =
      element("span", {{"class", "scale"}}, element("span", {}, "0"),
              element("span", {{"class", "ramp"},
                               {"style", kScale},
                               {"role", "img"},
                               {"aria-label", "Colour scale of the heat map from 0 to 1"}}),
              element("span", {}, "1"));
  return figure(
      overlay, "Heat map of " + std::string(title) + " over the X-ray",
      concat(scale, caption("Heat map:",
                            "the brighter, the more the answer rests on that pixel. It is "
                            "evidence used, not a finding.")));
}

}  // namespace

Html case_pictures(std::string_view title, const pipeline::Diagnosis& diagnosis, nn::Arm arm) {
  const int side = shown_side(diagnosis.image.size());
  return element("div", {{"class", "pictures"}}, outline_figure(title, diagnosis, side),
                 enhanced_figure(title, diagnosis, arm), heat_figure(title, diagnosis, side));
}

Html thumbnail(const pipeline::Diagnosis& diagnosis) {
  return inline_image(scaled_to(diagnosis.image, kThumbnailSide), "");
}

}  // namespace cxrnet::report
