#include "commands/train/epoch_bar.h"

#include <string>

namespace cxrnet::app {

void EpochBar::show(const train::StepReport& step) {
  if (!bar_ || epoch_ != step.epoch) {
    bar_.reset();  // ends the line of the epoch before
    epoch_ = step.epoch;
    bar_.emplace(console_,
                 "epoch " + std::to_string(step.epoch) + "/" + std::to_string(step.epochs),
                 step.epoch_images);
  }
  bar_->update(step.images, step.loss);
}

}  // namespace cxrnet::app
