#include "commands/diagnose/explain_files.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/npy.h"
#include "cxrnet/imaging/overlay.h"
#include "cxrnet/imaging/panel.h"
#include "cxrnet/nn/labels.h"
#include "framework/command.h"

namespace cxrnet::app {
namespace {

constexpr double kSaturated = 0.005;  // share of the pixels
constexpr const char* kSaturationNote =
    "Of each map the brightest 0.5 % of the pixels saturate, save the representation. ";
constexpr double kOverlayOpacity = 0.85;  // the panel shows the X-ray alone beside the overlays

cv::Mat to_bits(const cv::Mat& heat, int type, double white) {
  cv::Mat grey;
  heat.convertTo(grey, type, white);
  return grey;
}

// The value that the share `share` of the pixels does not exceed.
double quantile(const cv::Mat& heat, double share) {
  std::vector<float> values(heat.begin<float>(), heat.end<float>());
  const auto position = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + position, values.end());
  return values[static_cast<std::size_t>(position)];
}

std::string label_of(int64_t target) {
  return std::string(nn::kLabels.at(static_cast<std::size_t>(target)));
}

std::string with_probability(const ExplainedImage& image, int64_t label) {
  const auto probability = image.diagnosis.probabilities.at(static_cast<std::size_t>(label));
  return label_of(label) + " (p " + format_fixed(probability, 2) + ")";
}

// "class explained: viral (p 0.04), predicted: covid19 (p 0.93)".
std::string heading_of(const ExplainedImage& image) {
  const auto asked = "class explained: " + with_probability(image, image.target);
  const auto predicted = nn::label_index(image.diagnosis.label);
  if (predicted == image.target) return asked + ", as predicted";
  return asked + ", predicted: " + with_probability(image, predicted);
}

std::string note_of(const pipeline::MethodHeat& answer) {
  if (!answer.inside_lung.value) return "inside lungs: undefined";
  return "inside lungs: " + format_fixed(*answer.inside_lung.value, 2);
}

// The heat as the panel shows it: a map of few bright pixels would be invisible, so the brightest
// half per cent saturates. The representation stays as it is, since how bright it is means
// something.
cv::Mat shown_heat(const pipeline::MethodHeat& answer) {
  const double white = answer.method == explain::Method::representation
                           ? 1.0
                           : quantile(answer.heat, 1.0 - kSaturated);
  return to_bits(answer.heat, CV_8U, 255.0 / (white > 0.0 ? white : 1.0));
}

cv::Mat panel_of(const ExplainedImage& image) {
  const auto& diagnosis = image.diagnosis;
  cv::Mat xray;
  cv::cvtColor(diagnosis.image, xray, cv::COLOR_GRAY2BGR);
  const bool outlined = !diagnosis.mask.empty();
  if (outlined) imaging::draw_lung_outline(xray, diagnosis.mask);
  imaging::Panel panel;
  panel.heading = heading_of(image);
  panel.tiles.push_back({xray, "X-ray", outlined ? "lungs outlined" : "no lungs known"});
  panel.heat_scale = true;
  panel.footing = kSaturationNote;
  panel.footing += kResearchUse;
  for (const auto& answer : image.heats) {
    panel.tiles.push_back({.picture = imaging::heat_overlay(diagnosis.image, shown_heat(answer),
                                                            diagnosis.mask, kOverlayOpacity),
                           .title = std::string(to_string(answer.method)),
                           .note = note_of(answer)});
  }
  return imaging::draw_panel(panel);
}

std::string file_name(const ExplainedImage& image, const std::string& part) {
  return image.stem + "." + part;
}

}  // namespace

void write_explanation(const ExplainedImage& image, OutputFolder& folder) {
  const auto add = [&](const std::string& part, const std::string& bytes) {
    folder.add(file_name(image, part), bytes, OutputKind::picture);
  };
  for (const auto& answer : image.heats) {
    const std::string name(to_string(answer.method));
    add(name + ".png", imaging::encode_png(to_bits(answer.heat, CV_16U, 65535.0)));
    add(name + ".npy", imaging::encode_npy(answer.heat));
  }
  add("heat.png", imaging::encode_png(to_bits(image.heats.front().heat, CV_8U, 255.0)));
  add("panel.png", imaging::encode_png(panel_of(image)));
}

nlohmann::json explanation_json(const ExplainedImage& image) {
  nlohmann::json methods = nlohmann::json::object();
  for (const auto& [method, heat, inside_lung] : image.heats) {
    const std::string name(to_string(method));
    nlohmann::json facts{{"inside_lung", nullptr},
                         {"heat", file_name(image, name + ".png")},
                         {"array", file_name(image, name + ".npy")},
                         {"description", std::string(explain::describe(method))}};
    if (inside_lung.value) {
      facts["inside_lung"] = *inside_lung.value;
    } else {
      facts["undefined"] = inside_lung.undefined;
    }
    methods[name] = std::move(facts);
  }
  const std::string first(to_string(image.heats.front().method));
  return {{"stem", image.stem},
          {"label", image.diagnosis.label},
          {"class", label_of(image.target)},
          {"method", first},
          {"inside_lung", methods[first]["inside_lung"]},
          {"methods", methods}};
}

}  // namespace cxrnet::app
