#include "stages/shards_stage.h"

#include <map>

#include "cxrnet/core/error.h"
#include "cxrnet/nn/unet.h"
#include "cxrnet/pipeline/preparer.h"
#include "run/workplace.h"
#include "stages/networks.h"

namespace cxrnet::study {

pipeline::PreparationOptions preparation_options(const StudyOptions& options,
                                                 const ShardsRecipe& recipe) {
  pipeline::PreparationOptions preparation;
  preparation.preprocessing = options.preprocessing;
  preparation.preprocessing.arm = recipe.arm;
  preparation.preprocessing.clahe = recipe.clahe;
  preparation.masks = recipe.masks;
  return preparation;
}

nlohmann::json prepare_shards(Workplace& place, const std::string& stage,
                              const ShardsRecipe& recipe) {
  auto manifest = place.manifest;
  if (recipe.require_masks)
    std::erase_if(manifest.rows, [](const auto& row) { return row.mask_path.empty(); });
  if (manifest.rows.empty()) {
    throw Error(ErrorCode::empty_input,
                "lung masks: expected rows with a mask_path to learn from, got none; add masks to "
                "the manifest");
  }
  const auto options = preparation_options(place.options, recipe);
  const bool predicted = recipe.masks == pipeline::MaskSource::predicted;
  pipeline::Preparer preparer(manifest, options, predicted ? load_segmenter(place) : nullptr);
  const auto folder = place.stage_folder(stage) / "data";
  std::filesystem::remove_all(folder);
  data::ShardWriter writer(
      folder, pipeline::describe_preparation(options, manifest.rows.size(), "cxrnet reproduce"));
  std::map<std::string, int64_t> refused;
  int64_t written = 0;
  int64_t seen = 0;
  for (const auto& row : manifest.rows) {
    place.stop_here();
    try {
      writer.add(preparer.prepare(row));
      ++written;
    } catch (const Error& error) {
      if (concern_of(error.code()) != Concern::input) throw;
      ++refused[std::string(reason_code(error.code()))];
    }
    place.observer.on_work(++seen, static_cast<int64_t>(manifest.rows.size()));
  }
  writer.finish();
  return {{"images", written},
          {"refused", refused},
          {"fingerprint", place.shards(stage).fingerprint()}};
}

}  // namespace cxrnet::study
