#include "stages/explained_images.h"

#include <ATen/Functions.h>

#include <algorithm>

#include "cxrnet/core/error.h"
#include "cxrnet/core/random.h"
#include "cxrnet/data/image_codec.h"
#include "cxrnet/nn/cxr_net.h"
#include "cxrnet/nn/labels.h"
#include "run/workplace.h"
#include "stages/networks.h"
#include "stages/shards_stage.h"

namespace cxrnet::study {
namespace {

// Seeded, so that a limit does not mean the manifest's first images.
std::vector<std::size_t> choose_records(const data::ShardDataset& dataset,
                                        const std::vector<std::size_t>& test, int64_t per_class,
                                        uint64_t seed) {
  std::vector<std::size_t> chosen;
  for (const auto label : nn::kLabels) {
    std::vector<std::size_t> of_label;
    for (const auto index : test) {
      if (dataset[index].label == label) of_label.push_back(index);
    }
    const auto order = Random(seed).permutation(of_label.size());
    const auto count =
        per_class == 0 ? order.size() : std::min(order.size(), static_cast<std::size_t>(per_class));
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(of_label[order[i]]);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

ExplainedImages load_explained_images(const Workplace& place, int64_t per_class,
                                      const std::string& shards) {
  const auto dataset = place.shards(shards);
  const auto test = dataset.select(place.options.split_column, "test");
  if (static_cast<int64_t>(test.size()) < kMinTestImages) {
    throw Error(ErrorCode::empty_input, "test side: expected at least " +
                                            std::to_string(kMinTestImages) + " images, got " +
                                            std::to_string(test.size()) + "; add images");
  }
  ExplainedImages images;
  std::vector<at::Tensor> pixels;
  std::vector<at::Tensor> lungs;
  std::vector<int64_t> target;
  for (const auto index :
       choose_records(dataset, test, per_class, place.seed_of("explained images"))) {
    const auto& record = dataset[index];
    images.image_ids.push_back(record.id);
    images.labels.push_back(record.label);
    images.cases.groups.push_back(record.group);
    pixels.push_back(data::decode_grey(record.image).to(at::kFloat).div_(255.0).unsqueeze(0));
    lungs.push_back(record.mask.empty()
                        ? at::zeros_like(pixels.back())
                        : data::decode_mask(record.mask).to(at::kFloat).unsqueeze(0));
    target.push_back(nn::label_index(record.label));
  }
  images.cases.image = at::stack(pixels);
  images.cases.lungs = at::stack(lungs);
  images.cases.target = at::tensor(target, at::TensorOptions().dtype(at::kLong));
  return images;
}

std::vector<int64_t> take_in_turn(const ExplainedImages& images, std::size_t count) {
  std::vector<std::vector<int64_t>> by_label(nn::kLabels.size());
  for (std::size_t i = 0; i < images.labels.size(); ++i) {
    by_label[static_cast<std::size_t>(nn::label_index(images.labels[i]))].push_back(
        static_cast<int64_t>(i));
  }
  std::vector<int64_t> rows;
  const auto wanted = std::min(count, images.labels.size());
  for (std::size_t round = 0; rows.size() < wanted; ++round) {
    for (const auto& of_label : by_label) {
      if (round < of_label.size() && rows.size() < wanted) rows.push_back(of_label[round]);
    }
  }
  return rows;
}

ExplainedImages select(const ExplainedImages& images, const std::vector<int64_t>& rows) {
  ExplainedImages chosen;
  for (const auto row : rows) {
    const auto i = static_cast<std::size_t>(row);
    chosen.image_ids.push_back(images.image_ids[i]);
    chosen.labels.push_back(images.labels[i]);
    chosen.cases.groups.push_back(images.cases.groups[i]);
  }
  const auto index = at::tensor(rows, at::TensorOptions().dtype(at::kLong));
  chosen.cases.image = images.cases.image.index_select(0, index);
  chosen.cases.lungs = images.cases.lungs.index_select(0, index);
  chosen.cases.target = images.cases.target.index_select(0, index);
  return chosen;
}

at::Tensor heat_of(Workplace& place, nn::CxrNet& model, explain::Method method,
                   const ExplainedImages& images) {
  constexpr int64_t kImages = 8;  // between two looks at the stop sign
  const auto& cases = images.cases;
  const int64_t count = cases.image.size(0);
  std::vector<at::Tensor> heat;
  for (int64_t first = 0; first < count; first += kImages) {
    place.stop_here();
    const int64_t size = std::min(kImages, count - first);
    heat.push_back(explain::explain_or_dead(model, method,
                                            {.image = cases.image.narrow(0, first, size),
                                             .target = cases.target.narrow(0, first, size),
                                             .lungs = cases.lungs.narrow(0, first, size)},
                                            place.options.explanation));
    place.observer.on_work(first + size, count);
  }
  return at::cat(heat);
}

}  // namespace cxrnet::study
