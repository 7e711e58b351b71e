#include "cxrnet/train/classification_task.h"

#include <ATen/Functions.h>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/nn/losses.h"
#include "cxrnet/nn/selection_loss.h"

namespace cxrnet::train {
namespace {

// [classes] f32 with mean 1 over the images: n / (classes that occur · images of the class); absent
// classes weigh 0.
at::Tensor inverse_frequency(const data::ShardDataset& dataset,
                             const std::vector<std::size_t>& training) {
  auto counts = at::zeros({nn::kClasses}, at::kFloat);
  for (const auto index : training) counts[nn::label_index(dataset[index].label)] += 1;
  const auto present = (counts > 0).sum().item<int64_t>();
  const auto weights = counts.sum() / (counts.clamp_min(1) * present);
  return at::where(counts > 0, weights, at::zeros_like(weights));
}

metrics::ConfusionMatrix empty_confusion_matrix() {
  return metrics::ConfusionMatrix(std::vector<std::string>(nn::kLabels.begin(), nn::kLabels.end()));
}

double macro_f1(const metrics::ConfusionMatrix& counts) {
  double sum = 0.0;
  int64_t defined_classes = 0;
  for (std::size_t label = 0; label < nn::kLabels.size(); ++label) {
    if (const auto f1 = metrics::f1(counts, label).value) {
      sum += *f1;
      ++defined_classes;
    }
  }
  return defined_classes == 0 ? 0.0 : sum / static_cast<double>(defined_classes);
}

// (2 |A and B| + 1) / (|A| + |B| + 1) of each image's drawn and true lungs, summed over the images.
double sum_of_dice(const at::Tensor& drawn, const at::Tensor& mask) {
  const auto a = drawn.gt(0.5).to(at::kDouble);
  const auto b = mask.gt(0.5).to(at::kDouble);
  const auto both = (a * b).sum({1, 2, 3});
  return ((2.0 * both + 1.0) / (a.sum({1, 2, 3}) + b.sum({1, 2, 3}) + 1.0)).sum().item<double>();
}

}  // namespace

ClassificationTask::ClassificationTask(nn::CxrNet network, bool weigh_classes,
                                       const nn::SelectionLossOptions& selection, Teachers teachers,
                                       const LungTask& lungs)
    : network_(std::move(network)),
      weigh_classes_(weigh_classes),
      selection_(selection),
      teachers_(std::move(teachers)),
      lungs_(lungs) {
  const auto form = network_->options().representation;
  if (!needs_masks() || form == nn::Representation::image) return;
  throw Error(ErrorCode::invalid_option,
              "lung-weight: expected a decoder that draws an image, got representation " +
                  std::string(to_string(form)) +
                  "; use --representation image, or leave --lung-weight out");
}

nlohmann::json ClassificationTask::loss_options() const {
  nlohmann::json options{{"selection", options_to_json(selection_)},
                         {"teachers", teachers_.describe()}};
  if (needs_masks()) {  // runs that are older than this task go on without it
    options["lung-weight"] = lungs_.weight;
    options["dice-term"] = to_string(lungs_.dice_term);
  }
  return options;
}

void ClassificationTask::prepare(const data::ShardDataset& dataset,
                                 const std::vector<std::size_t>& training, at::Device device) {
  device_ = device;
  teachers_.move_to(device);
  if (weigh_classes_) class_weights_ = inverse_frequency(dataset, training).to(device);
}

at::Tensor ClassificationTask::loss(const data::Batch& batch) {
  const auto target = teachers_.mix_into(batch.target, batch.image);
  if (network_->selects()) {
    return nn::selection_loss(network_, batch.image, target, class_weights_, selection_);
  }
  const auto output = network_->forward(batch.image);
  if (!output.representation_logits.defined())
    return nn::cross_entropy(output.logits, target, class_weights_);
  const auto fusion = nn::fusion_loss(output, target, class_weights_);
  return needs_masks() ? fusion + lungs_.weight * lung_loss(output, batch.mask) : fusion;
}

at::Tensor ClassificationTask::lung_loss(const nn::CxrNetOutput& output,
                                         const at::Tensor& mask) const {
  constexpr double kSmallest = 1e-6;  // of a probability, so that its logit is finite
  return nn::segmentation_loss(output.representation.logit(kSmallest), mask, lungs_.dice_term);
}

Validation ClassificationTask::validate(data::Loader& batches) {
  auto counts = empty_confusion_matrix();
  std::map<std::string, double> sums;  // of figures, over images
  while (const auto batch = batches.next()) {
    const auto image = batch->image.to(device_);
    const auto output = network_->forward(image);
    const auto actual = batch->target.argmax(1);
    const auto predicted = output.logits.argmax(1).to(at::kCPU);
    for (int64_t i = 0; i < actual.size(0); ++i) {
      counts.add(static_cast<std::size_t>(actual[i].item<int64_t>()),
                 static_cast<std::size_t>(predicted[i].item<int64_t>()));
    }
    sums["loss"] += nn::cross_entropy(output.logits, batch->target.to(device_)).item<double>() *
                    static_cast<double>(actual.size(0));
    add_figures_of_representation(image, output, actual, sums);
    if (needs_masks())
      sums["lung_dice"] += sum_of_dice(output.representation, batch->mask.to(device_));
  }
  Validation validation{.score = macro_f1(counts), .figures = sums};
  for (auto& [name, figure] : validation.figures) figure /= static_cast<double>(counts.total());
  validation.figures["accuracy"] = metrics::accuracy(counts).value.value_or(0.0);
  validation.figures["macro_f1"] = validation.score;
  return validation;
}

void ClassificationTask::add_figures_of_representation(const at::Tensor& image,
                                                       const nn::CxrNetOutput& output,
                                                       const at::Tensor& actual,
                                                       std::map<std::string, double>& sums) {
  const auto count_right = [&](const at::Tensor& logits) {
    return (logits.argmax(1).to(at::kCPU) == actual).sum().item<double>();
  };
  if (output.representation_logits.defined())
    sums["representation_accuracy"] += count_right(output.representation_logits);
  if (!network_->selects()) return;
  const auto cells = network_->selection_logits(image, network_->features(image));
  const auto selected = nn::heat_of_class(cells, actual.to(device_)).gt(0).to(at::kFloat);
  sums["kept_accuracy"] += count_right(network_->classify(nn::keep_selected(image, selected)));
  sums["removed_accuracy"] +=
      count_right(network_->classify(nn::keep_selected(image, 1.0 - selected)));
  sums["selected_share"] += selected.mean({1, 2, 3}).sum().item<double>();
}

}  // namespace cxrnet::train
