#include "cxrnet/nn/selection_loss.h"

#include <tuple>
#include <vector>

#include "cxrnet/core/shape.h"
#include "cxrnet/nn/blur.h"
#include "cxrnet/nn/losses.h"

namespace cxrnet::nn {
namespace {

constexpr double kSmallest = 1e-6;  // keeps logarithms finite

// Encoder and head in evaluation mode, their weights closed to gradients, while it lives. Passes
// before and after keep their own gradients.
class FrozenClassifier {
 public:
  explicit FrozenClassifier(CxrNetImpl& network) : network_(network) {
    for (torch::nn::Module* module : modules()) {
      was_training_.push_back(module->is_training());
      module->eval();
      for (auto& parameter : module->parameters()) {
        if (!parameter.requires_grad()) continue;
        parameter.requires_grad_(false);
        closed_.push_back(parameter);
      }
    }
  }
  ~FrozenClassifier() {
    for (auto& parameter : closed_) parameter.requires_grad_(true);
    std::size_t position = 0;
    for (torch::nn::Module* module : modules()) module->train(was_training_[position++]);
  }
  FrozenClassifier(const FrozenClassifier&) = delete;
  FrozenClassifier& operator=(const FrozenClassifier&) = delete;

  at::Tensor classify(const at::Tensor& image) { return network_.classify(image); }

 private:
  std::vector<torch::nn::Module*> modules() { return {&network_.encoder(), network_.head().get()}; }

  CxrNetImpl& network_;
  std::vector<bool> was_training_;
  std::vector<at::Tensor> closed_;
};

Encoder::Levels detached(const Encoder::Levels& levels) {
  Encoder::Levels copy;
  for (std::size_t i = 0; i < levels.size(); ++i) copy[i] = levels[i].detach();
  return copy;
}

// Of what is shown, the share that is selected.
at::Tensor selected_share(const at::Tensor& logits, const at::Tensor& shown) {
  return (logits.sigmoid() * shown).sum() / shown.sum().clamp_min(1.0);
}

// Mean of - log (1 - p of the target).
at::Tensor loss_of_losing(const at::Tensor& logits, const at::Tensor& target_probabilities) {
  const auto probability = (logits.softmax(1) * target_probabilities).sum(1);
  return -(1.0 - probability).clamp_min(kSmallest).log().mean();
}

}  // namespace

at::Tensor sample_selection(const at::Tensor& logits, double temperature) {
  const auto uniform = at::rand_like(logits, at::kFloat).clamp(kSmallest, 1.0 - kSmallest);
  const auto noise = uniform.log() - (1.0 - uniform).log();  // logistic
  const auto relaxed = ((logits.to(at::kFloat) + noise) / temperature).sigmoid();
  const auto drawn = relaxed.detach().gt(0.5).to(at::kFloat);
  return drawn + relaxed - relaxed.detach();
}

at::Tensor at_random_size(const at::Tensor& logits, const at::Tensor& shown) {
  require_shape(logits, {-1, 1, -1, -1}, "logits");
  require_shape(shown, {logits.size(0), 1, logits.size(2), logits.size(3)}, "shown");
  const auto ordered = std::get<0>(logits.detach().flatten(1).sort(1, /*descending=*/true));
  const auto countable = shown.gt(0.0).flatten(1).sum(1, /*keepdim=*/true);
  const auto drawn = at::rand({logits.size(0), 1}, shown.options()) * countable;
  const auto threshold = ordered.gather(1, drawn.to(at::kLong).clamp_max(ordered.size(1) - 1));
  return logits - threshold.view({-1, 1, 1, 1});
}

at::Tensor total_variation(const at::Tensor& selection, const at::Tensor& shown) {
  require_shape(selection, {-1, 1, -1, -1}, "selection");
  require_shape(shown, {selection.size(0), 1, selection.size(2), selection.size(3)}, "shown");
  const auto mean_along = [&](int64_t dimension) {
    const auto step = (selection.slice(dimension, 1) - selection.slice(dimension, 0, -1)).abs();
    const auto both = shown.slice(dimension, 1) * shown.slice(dimension, 0, -1);
    return (step * both).sum({1, 2, 3}) / both.sum({1, 2, 3}).clamp_min(kSmallest);
  };
  return (mean_along(2) + mean_along(3)) / 2.0;
}

at::Tensor keep_selected(const at::Tensor& image, const at::Tensor& selection) {
  require_shape(image, {-1, 1, -1, -1}, "image");
  require_shape(selection, {image.size(0), 1, -1, -1}, "selection");
  const auto background = strong_blur(image);
  const auto pixels = at::upsample_nearest2d(selection, image.sizes().slice(2));
  return background + pixels * (image - background);
}

at::Tensor selection_loss(CxrNet& network, const at::Tensor& image,
                          const at::Tensor& target_probabilities, const at::Tensor& class_weights,
                          const SelectionLossOptions& options) {
  const auto levels = network->features(image);
  const auto logits = network->head()->forward(levels.back());
  const auto encoder_loss = cross_entropy(logits, target_probabilities, class_weights);

  const auto cells = network->selection_logits(image, detached(levels));
  const auto asked = heat_of_class(cells, target_probabilities.argmax(1));
  const auto shown = shown_share(image, network->options().selection_cells);
  const auto any_size = at::rand({image.size(0), 1, 1, 1}, shown.options()) < options.any_size;
  const auto selection = sample_selection(at::where(any_size, at_random_size(asked, shown), asked),
                                          options.temperature);
  const auto kept = keep_selected(image, selection);
  const auto removed = keep_selected(image, 1.0 - selection);
  at::Tensor judged;
  {
    FrozenClassifier judge(*network);
    judged = judge.classify(at::cat({kept, removed}));
  }
  const auto parts = judged.chunk(2);
  return encoder_loss + cross_entropy(parts[0], target_probabilities, class_weights) +
         options.removed * loss_of_losing(parts[1], target_probabilities) +
         options.area * selected_share(asked, shown) +
         options.variation * total_variation(selection, shown).mean();
}

}  // namespace cxrnet::nn
