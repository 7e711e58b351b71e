#include "stages/readout.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include "cxrnet/explain/heat_map.h"
#include "cxrnet/explain/representation.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/labels.h"
#include "run/workplace.h"
#include "stages/estimates.h"
#include "stages/explained_images.h"
#include "stages/mask_reader.h"

namespace cxrnet::study {
namespace {

constexpr int64_t kCells = 16;         // a selection has as many a side
constexpr int64_t kImagesAtOnce = 16;  // between two looks at the stop sign

// Masks [N, 1, H, W] as [N, cells] f64.
at::Tensor cells_of(const at::Tensor& masks) {
  return at::adaptive_avg_pool2d(masks.to(at::kDouble), {kCells, kCells}).flatten(1);
}

struct Answered {
  at::Tensor answers;                  // [N] i64, the network's own
  std::vector<at::Tensor> by_channel;  // [N, cells] f64 of each class's channel
  int64_t n_dead = 0;                  // masks of kReadChannel that are the same everywhere
};

Answered ask_for_each_channel(Workplace& place, const at::Tensor& image) {
  auto model = load_explained_model(place, kSelectionModel);
  std::vector<at::Tensor> answers;
  std::vector<std::vector<at::Tensor>> cells(nn::kLabels.size());
  Answered result;
  for (int64_t first = 0; first < image.size(0); first += kImagesAtOnce) {
    place.stop_here();
    const auto part = image.slice(0, first, first + kImagesAtOnce);
    for (std::size_t label = 0; label < nn::kLabels.size(); ++label) {
      const auto target =
          at::full({part.size(0)}, static_cast<int64_t>(label), at::TensorOptions(at::kLong));
      const auto drawn = explain::explain_by_representation(model, part, target);
      cells[label].push_back(cells_of(drawn.heat));
      if (label == 0) answers.push_back(drawn.logits.argmax(1));
      if (nn::kLabels[label] == kReadChannel)
        result.n_dead += explain::is_dead(drawn.heat).sum().item<int64_t>();
    }
    place.observer.on_work(std::min(first + kImagesAtOnce, image.size(0)), image.size(0));
  }
  result.answers = at::cat(answers);
  for (const auto& parts : cells) result.by_channel.push_back(at::cat(parts));
  return result;
}

double share_of_most_frequent(const at::Tensor& answers) {
  const auto counts = at::bincount(answers).to(at::kDouble);
  return (counts.max() / counts.sum()).item<double>();
}

}  // namespace

nlohmann::json read_masks(Workplace& place) {
  const auto images = load_explained_images(place, /*per_class=*/0);
  const auto& groups = images.cases.groups;
  const auto answered = ask_for_each_channel(place, images.cases.image);
  const auto fold = folds_by_group(groups, kReaderFolds, place.seed_of("readout"));
  const auto accuracy = [&](const at::Tensor& features) {
    const auto read = read_cross_fitted(features, answered.answers,
                                        static_cast<int64_t>(nn::kLabels.size()), fold);
    const auto right = read.eq(answered.answers).to(at::kDouble).contiguous();
    const std::vector<double> values(right.data_ptr<double>(),
                                     right.data_ptr<double>() + right.numel());
    return to_json(mean_estimate(values, groups, place.options.bootstrap));
  };
  nlohmann::json result{{"n", groups.size()},
                        {"n_dead", answered.n_dead},
                        {"held_against", "the network's answer"},
                        {"channel", kReadChannel},
                        {"folds", kReaderFolds},
                        {"chance", share_of_most_frequent(answered.answers)},
                        {"lung_outline_accuracy", accuracy(cells_of(images.cases.lungs))},
                        {"by_channel", nlohmann::json::array()}};
  for (std::size_t label = 0; label < nn::kLabels.size(); ++label) {
    const auto figure = accuracy(answered.by_channel[label]);
    result["by_channel"].push_back({{"label", nn::kLabels[label]}, {"accuracy", figure}});
    if (nn::kLabels[label] == kReadChannel) result["accuracy"] = figure;
  }
  return result;
}

}  // namespace cxrnet::study
