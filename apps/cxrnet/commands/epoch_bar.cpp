#include "commands/epoch_bar.h"

#include <string>

namespace cxrnet::app {

void show_step(Console& console, std::optional<ProgressBar>& bar, const train::StepReport& step) {
  if (!bar) {
    bar.emplace(console, "epoch " + std::to_string(step.epoch) + "/" + std::to_string(step.epochs),
                step.epoch_images);
  }
  bar->update(step.images, step.loss);
}

}  // namespace cxrnet::app
