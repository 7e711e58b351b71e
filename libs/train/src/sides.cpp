#include "cxrnet/train/sides.h"

#include <numeric>

#include "cxrnet/core/error.h"
#include "cxrnet/data/image_codec.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/data/splits.h"

namespace cxrnet::train {
namespace {

// Records are named by their position in the data set: shards have no manifest lines.
std::vector<std::string> check_leaks(const data::ShardDataset& dataset, const std::string& column,
                                     const std::string& side, bool allow_leak) {
  std::vector<std::size_t> positions(dataset.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  const auto cells = dataset.cells(column);
  data::require_no_leak(dataset.groups(), cells, positions, side, allow_leak);
  return data::notes_on_split(column, data::describe_split(cells));
}

}  // namespace

Sides choose_sides(const data::ShardDataset& dataset, const std::string& split_column,
                   const std::string& side, bool with_masks, double validation_fraction,
                   uint64_t seed, bool allow_leak) {
  std::vector<std::size_t> chosen(dataset.size());
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  std::vector<std::string> notes;
  if (!split_column.empty()) {
    chosen = dataset.select(split_column, side);
    notes = check_leaks(dataset, split_column, side, allow_leak);
  }
  std::size_t without_mask = 0;
  if (with_masks && !chosen.empty()) {
    without_mask = std::erase_if(chosen, [&](std::size_t index) {
      const auto& mask = dataset[index].mask;  // a blank one teaches that there are no lungs
      return mask.empty() || !data::decode_mask(mask).any().item<bool>();
    });
    if (chosen.empty()) {
      throw Error(ErrorCode::empty_input,
                  "training data: expected images with lung masks, got none; prepare with "
                  "--masks annotated, or with a segmenter");
    }
  }
  // DEVIATION: adr-024, a part of the training side chooses the epoch.
  auto parts =
      data::hold_out_groups(chosen, dataset.groups(), dataset.labels(), validation_fraction, seed);
  if (parts.kept.empty() || parts.held_out.empty()) {
    throw Error(ErrorCode::empty_input,
                "training data: expected images to train on and patients to validate on, got " +
                    std::to_string(parts.kept.size()) + " and " +
                    std::to_string(parts.held_out.size()) +
                    " images; add data or change --validation-fraction");
  }
  return {.training = std::move(parts.kept),
          .validation = std::move(parts.held_out),
          .without_mask = without_mask,
          .notes = std::move(notes)};
}

}  // namespace cxrnet::train
