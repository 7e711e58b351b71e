// Encoders, methods, arms and splits as a reader knows them, and the colour of each in every
// diagram.
#pragma once

#include <string>
#include <string_view>

#include "study/json.h"

namespace cxrnet::report {

/// "resnet50" as "ResNet-50"; an unknown name stays as it is. So with the others.
std::string encoder_name(std::string_view encoder);
std::string method_name(std::string_view method);
std::string short_method_name(std::string_view method);  ///< without what is in parentheses
std::string arm_name(std::string_view arm);              ///< "whole images", "lungs alone"
std::string split_name(
    std::string_view split);  ///< "split by patient", "random split, as the paper"

/// How a method's line is drawn. Colours by Okabe and Ito (2008), told apart by colour-blind eyes;
/// methods of one family share a colour and differ by dash and mark.
struct LineStyle {
  std::string_view colour;  ///< "#rrggbb"
  int dash = 1;             ///< gnuplot's dash type
  int mark = 7;             ///< gnuplot's point type
  double width = 1.5;       ///< points
};
LineStyle method_style(std::string_view method);

/// The place of a method in every legend and table: ours first, baselines last.
int method_rank(std::string_view method);

/// An arm's colour, "#rrggbb".
std::string_view arm_colour(std::string_view arm);

/// The method of an entry {"method", "model"}: the representation image of the selection model is
/// the method "selection".
std::string method_of(const Json& entry);

/// Whether `methods`, an array as `fig13.methods`, hold other maps of the selecting model beside
/// its own.
bool compares_selecting_model(const Json& methods);

}  // namespace cxrnet::report
