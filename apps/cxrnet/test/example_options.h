// An options aggregate with a field of every kind, for the tests of the framework.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cxrnet/core/options.h"

namespace cxrnet::app {

enum class Shape { round, square };

struct ExampleOptions {
  bool smooth = false;
  int64_t count = 3;
  double rate = 0.5;
  std::string note = "none";
  Shape shape = Shape::round;
  std::vector<int64_t> widths{8, 16};
  std::vector<std::string> tags;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.smooth, Field{"smooth", "smooth the result"});
    visit(self.count, Field{"count", "how many", {.minimum = 1, .maximum = 9}});
    visit(self.rate, Field{"rate", "how fast", {.maximum = 1, .above = 0}});
    visit(self.note, Field{"note", "what to remember"});
    visit(self.shape, Field{"shape", "what it looks like"});
    visit(self.widths, Field{"widths", "how wide", {.minimum = 1}});
    visit(self.tags, Field{"tags", "words"});
  }
};

}  // namespace cxrnet::app

template <>
struct cxrnet::EnumNames<cxrnet::app::Shape> {
  static constexpr std::array<std::pair<app::Shape, std::string_view>, 2> values{
      {{app::Shape::round, "round"}, {app::Shape::square, "square"}}};
};
