#include "block_curves.h"

#include <ATen/Functions.h>

#include <algorithm>

namespace cxrnet::explain {

std::string name_of(const BlockSetting& setting) {
  return std::string(to_string(setting.fill)) + "_" + std::to_string(setting.grid);
}

std::string title_of(const BlockSetting& setting) {
  const auto side = std::to_string(setting.grid);
  return std::string(to_string(setting.fill)) + ", " + side + " × " + side;
}

std::vector<BlockSetting> block_settings(const BenchmarkOptions& options) {
  std::vector<Imputation> fills{options.imputation};
  for (const auto& name : options.also_fills)
    fills.push_back(parse_enum<Imputation>(name, "explain-also-fills"));
  std::vector<int64_t> grids{options.grid};
  grids.insert(grids.end(), options.also_grids.begin(), options.also_grids.end());
  std::vector<BlockSetting> settings;
  for (const auto fill : fills) {
    for (const auto grid : grids) {
      const BlockSetting setting{.fill = fill, .grid = grid};
      if (std::find(settings.begin(), settings.end(), setting) == settings.end())
        settings.push_back(setting);
    }
  }
  return settings;
}

KnownScores& KnownByFill::of(Imputation fill) {
  auto& known = known_[fill];
  for (const auto& [other, scores] : known_) {
    if (!known.whole.defined()) known.whole = scores.whole;
  }
  return known;
}

std::vector<at::Tensor> judge_blocks(const Classifier& judge, const at::Tensor& image,
                                     const at::Tensor& heat, const at::Tensor& target,
                                     const BenchmarkOptions& options, KnownByFill& known,
                                     int64_t& judged) {
  std::vector<at::Tensor> curves;
  for (const auto& setting : block_settings(options)) {
    const CurveOptions form{.form = RemovalForm::block,
                            .imputation = setting.fill,
                            .score = options.score,
                            .levels = options.levels,
                            .grid = setting.grid,
                            .batch_size = options.batch_size,
                            .seed = options.seed};
    curves.push_back(
        judge_states(judge, image, heat, target, form, known.of(setting.fill), judged));
  }
  return curves;
}

std::vector<BlockMeasures> to_block_measures(const std::vector<std::vector<at::Tensor>>& parts,
                                             const BenchmarkOptions& options) {
  std::vector<BlockMeasures> blocks;
  for (const auto& setting : block_settings(options)) {
    std::vector<at::Tensor> pieces{at::empty({0, options.levels + 1}, at::kDouble)};
    for (const auto& part : parts) pieces.push_back(part.at(blocks.size()));
    const auto curve = at::cat(pieces);
    blocks.push_back({.setting = setting,
                      .curve = curve,
                      .deletion = area_over(curve),
                      .p_full_removal = curve.select(1, -1).clone()});
  }
  return blocks;
}

}  // namespace cxrnet::explain
