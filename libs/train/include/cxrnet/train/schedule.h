// Learning rate over the steps of a run.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "cxrnet/core/options.h"

namespace cxrnet::train {

enum class Decay {
  constant,     ///< the first learning rate throughout
  exponential,  ///< the paper: "decreased … with the increased iterations", from the first to the
                ///< last geometrically
  cosine,       ///< half a cosine from the first to the last
};

struct ScheduleOptions {
  double learning_rate = 1e-4;        // paper, section IV-B
  double final_learning_rate = 1e-6;  // paper, section IV-B
  Decay decay = Decay::exponential;
  double warmup_epochs = 0.0;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.learning_rate,
          Field{"learning-rate", "learning rate after warm-up", {.maximum = 10.0, .above = 0.0}});
    visit(self.final_learning_rate, Field{"final-learning-rate",
                                          "learning rate of the last step",
                                          {.minimum = 0.0, .maximum = 10.0}});
    visit(self.decay, Field{"decay", "how the learning rate falls from the first to the last"});
    visit(self.warmup_epochs, Field{"warmup-epochs",
                                    "epochs in which the learning rate rises from 0",
                                    {.minimum = 0.0, .maximum = 1e4}});
  }
};

/// The learning rate of step `step` (from 0) of a run of `steps`, the first `warmup_steps` of which
/// are warm-up.
double learning_rate_at(const ScheduleOptions& options, int64_t step, int64_t steps,
                        int64_t warmup_steps);

}  // namespace cxrnet::train

template <>
struct cxrnet::EnumNames<cxrnet::train::Decay> {
  static constexpr std::array<std::pair<cxrnet::train::Decay, std::string_view>, 3> values{
      {{cxrnet::train::Decay::constant, "constant"},
       {cxrnet::train::Decay::exponential, "exponential"},
       {cxrnet::train::Decay::cosine, "cosine"}}};
};
