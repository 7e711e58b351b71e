#include "cxrnet/train/classification_task.h"

#include <ATen/Functions.h>

#include "cxrnet/nn/labels.h"
#include "cxrnet/nn/losses.h"

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

}  // namespace

void ClassificationTask::prepare(const data::ShardDataset& dataset,
                                 const std::vector<std::size_t>& training, at::Device device) {
  device_ = device;
  if (weigh_classes_) class_weights_ = inverse_frequency(dataset, training).to(device);
}

at::Tensor ClassificationTask::loss(const data::Batch& batch) {
  return nn::fusion_loss(network_->forward(batch.image), batch.target, class_weights_);
}

Validation ClassificationTask::validate(data::Loader& batches) {
  auto counts = empty_confusion_matrix();
  double loss = 0.0;
  int64_t images = 0;
  int64_t right_again = 0;
  while (const auto batch = batches.next()) {
    const auto output = network_->forward(batch->image.to(device_));
    const auto actual = batch->target.argmax(1);
    const auto predicted = output.logits.argmax(1).to(at::kCPU);
    for (int64_t i = 0; i < actual.size(0); ++i) {
      counts.add(static_cast<std::size_t>(actual[i].item<int64_t>()),
                 static_cast<std::size_t>(predicted[i].item<int64_t>()));
    }
    right_again +=
        (output.representation_logits.argmax(1).to(at::kCPU) == actual).sum().item<int64_t>();
    loss += nn::cross_entropy(output.logits, batch->target.to(device_)).item<double>() *
            static_cast<double>(actual.size(0));
    images += actual.size(0);
  }
  const double count = static_cast<double>(images);
  const double f1 = macro_f1(counts);
  return {.score = f1,
          .figures = {{"accuracy", metrics::accuracy(counts).value.value_or(0.0)},
                      {"macro_f1", f1},
                      {"loss", loss / count},
                      {"representation_accuracy", static_cast<double>(right_again) / count}}};
}

}  // namespace cxrnet::train
