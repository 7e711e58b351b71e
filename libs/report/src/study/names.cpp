#include "study/names.h"

#include <algorithm>
#include <array>

namespace cxrnet::report {
namespace {

struct Pair {
  std::string_view key, name;
};

template <std::size_t N>
std::string look_up(const std::array<Pair, N>& names, std::string_view key) {
  for (const auto& pair : names) {
    if (pair.key == key) return std::string(pair.name);
  }
  return std::string(key);
}

struct MethodRow {
  std::string_view key, name;
  LineStyle style;
};

// clang-format off
constexpr std::array<MethodRow, 14> kMethods{{
    {"selection",            "Selection (ours)",     {"#d55e00", 1, 7, 3.0}},
    {"representation",       "Representation image", {"#e69f00", 1, 5, 3.0}},
    {"grad_cam",             "Grad-CAM",             {"#009e73", 1, 9, 1.8}},
    {"grad_cam_plus_plus",   "Grad-CAM++",           {"#009e73", 2, 8, 1.8}},
    {"layer_cam",            "LayerCAM",             {"#009e73", 3, 10, 1.8}},
    {"score_cam",            "Score-CAM",            {"#009e73", 4, 11, 1.8}},
    {"saliency",             "Saliency map",         {"#0072b2", 1, 13, 1.8}},
    {"smoothgrad",           "SmoothGrad",           {"#0072b2", 2, 12, 1.8}},
    {"integrated_gradients", "Integrated gradients", {"#56b4e9", 1, 15, 1.8}},
    {"rise",                 "RISE",                 {"#cc79a7", 1, 4, 1.8}},
    {"occlusion",            "Occlusion",            {"#cc79a7", 2, 6, 1.8}},
    {"lung_mask",            "Lung mask (baseline)", {"#000000", 2, 1, 1.5}},
    {"edges",                "Edge map (baseline)",  {"#767676", 4, 2, 1.5}},
    {"random",               "Random (baseline)", {"#767676", 3, 3, 1.5}},
}};

constexpr std::array<Pair, 6> kEncoders{{{"alexnet", "AlexNet"}, {"vgg16", "VGG-16"}, {"vgg19", "VGG-19"},
    {"resnet34", "ResNet-34"}, {"resnet50", "ResNet-50"}, {"inception_v3", "Inception-V3"}}};
constexpr std::array<Pair, 2> kArms{{{"original", "whole images"}, {"segmented", "lungs alone"}}};
constexpr std::array<Pair, 2> kSplits{{{"group_split", "split by patient"},
                                       {"paper_split", "random split, as the paper's"}}};
// clang-format on

const MethodRow* find_method(std::string_view method) {
  const auto* const found = std::find_if(kMethods.begin(), kMethods.end(),
                                         [&](const MethodRow& row) { return row.key == method; });
  return found == kMethods.end() ? nullptr : found;
}

}  // namespace

std::string encoder_name(std::string_view encoder) { return look_up(kEncoders, encoder); }
std::string arm_name(std::string_view arm) { return look_up(kArms, arm); }
std::string split_name(std::string_view split) { return look_up(kSplits, split); }

std::string method_name(std::string_view method) {
  const auto* const row = find_method(method);
  return std::string(row == nullptr ? method : row->name);
}

std::string short_method_name(std::string_view method) {
  const auto* const row = find_method(method);
  return std::string(row == nullptr ? method : row->name.substr(0, row->name.find(" (")));
}

LineStyle method_style(std::string_view method) {
  const auto* const row = find_method(method);
  return row == nullptr ? LineStyle{.colour = "#767676"} : row->style;
}

int method_rank(std::string_view method) {
  const auto* const row = find_method(method);
  return static_cast<int>(row == nullptr ? kMethods.size() : row - kMethods.data());
}

std::string_view arm_colour(std::string_view arm) {
  return arm == "segmented" ? "#1b4f72" : "#8fa3b8";
}

std::string method_of(const Json& entry) {
  const std::string method = text_of(entry, "method");
  const bool selects = text_of(entry, "model") == "selection";
  return selects && method == "representation" ? "selection" : method;
}

bool compares_selecting_model(const Json& methods) {
  return std::any_of(methods.begin(), methods.end(), [](const Json& entry) {
    return text_of(entry, "model") == "selection" && method_of(entry) != "selection";
  });
}

}  // namespace cxrnet::report
