// Means, intervals and differences of what benchmark.cpp measured.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"
#include "cxrnet/explain/benchmark.h"

namespace cxrnet::explain {
namespace {

using metrics::Estimate;
using metrics::Figure;

// Everything that has a row per image.
constexpr at::Tensor MethodMeasures::*kTensors[] = {
    &MethodMeasures::aoppc_threshold, &MethodMeasures::aoppc_rank,
    &MethodMeasures::aoppc_block,     &MethodMeasures::insertion,
    &MethodMeasures::deletion,        &MethodMeasures::p_whole,
    &MethodMeasures::p_full_removal,  &MethodMeasures::p_black,
    &MethodMeasures::inside_lung,     &MethodMeasures::dead,
    &MethodMeasures::ppc_threshold,   &MethodMeasures::ppc_rank,
    &MethodMeasures::ppc_block,       &MethodMeasures::insertion_curve,
};

std::vector<double> to_vector(const at::Tensor& values) {
  const auto row = values.to(at::kDouble).contiguous();
  return {row.data_ptr<double>(), row.data_ptr<double>() + row.numel()};
}

constexpr at::Tensor BlockMeasures::*kBlockTensors[] = {
    &BlockMeasures::curve, &BlockMeasures::deletion, &BlockMeasures::p_full_removal};

// The images whose value is a number.
struct Defined {
  std::vector<double> values;
  std::vector<std::string> groups;
};

Defined keep_defined(const std::vector<double>& values, const std::vector<std::string>& groups) {
  Defined defined;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    defined.values.push_back(values[i]);
    defined.groups.push_back(groups[i]);
  }
  return defined;
}

Figure weighted_mean(const std::vector<double>& values, std::span<const int32_t> weights,
                     const char* reason) {
  double sum = 0.0;
  double total = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += weights[i] * values[i];
    total += weights[i];
  }
  return metrics::ratio(sum, total, reason);
}

// The means of several figures of the same images, from the same draws.
std::vector<Estimate> mean_estimates(const std::vector<std::vector<double>>& figures,
                                     const std::vector<std::string>& groups,
                                     const metrics::BootstrapOptions& options) {
  const metrics::Measure means = [&](std::span<const int32_t> weights) {
    std::vector<Figure> result;
    for (const auto& values : figures)
      result.push_back(weighted_mean(values, weights, "no images"));
    return result;
  };
  return metrics::bootstrap(means, groups, options);
}

Estimate normalised_estimate(const at::Tensor& curves, const std::vector<std::string>& groups,
                             const metrics::BootstrapOptions& options) {
  const metrics::Measure share = [&](std::span<const int32_t> weights) {
    return std::vector<Figure>{normalised_aoppc(curves, weights)};
  };
  return metrics::bootstrap(share, groups, options).front();
}

Estimate inside_lung_estimate(const at::Tensor& values, const std::vector<std::string>& groups,
                              const metrics::BootstrapOptions& options) {
  const auto defined = keep_defined(to_vector(values), groups);
  const metrics::Measure mean = [&](std::span<const int32_t> weights) {
    return std::vector<Figure>{weighted_mean(defined.values, weights, "no image with a lung mask")};
  };
  return metrics::bootstrap(mean, defined.groups, options).front();
}

std::vector<BlockSummary> summarise_blocks(const std::vector<BlockMeasures>& blocks,
                                           const std::vector<std::string>& groups,
                                           const metrics::BootstrapOptions& options) {
  std::vector<BlockSummary> summaries;
  for (const auto& block : blocks) {
    const auto means = mean_estimates({to_vector(block.deletion), to_vector(block.p_full_removal)},
                                      groups, options);
    summaries.push_back(
        {.setting = block.setting, .deletion = means[0], .p_full_removal = means[1]});
  }
  return summaries;
}

std::vector<BlockSummary> compare_blocks(const MethodMeasures& method,
                                         const MethodMeasures& against,
                                         const std::vector<std::string>& groups,
                                         const metrics::BootstrapOptions& options) {
  std::vector<BlockSummary> differences;
  for (const auto& ours : method.blocks) {
    for (const auto& theirs : against.blocks) {
      if (!(ours.setting == theirs.setting)) continue;
      const auto means =
          mean_estimates({to_vector(ours.deletion - theirs.deletion)}, groups, options);
      differences.push_back(
          {.setting = ours.setting,
           .deletion = means[0],
           .p_full_removal = {metrics::undefined("the same for every map"), std::nullopt}});
    }
  }
  return differences;
}

std::vector<double> mean_curve(const at::Tensor& curves) {
  return curves.size(0) == 0 ? std::vector<double>{} : to_vector(curves.mean(0));
}

void require_groups(const MethodMeasures& measures, const std::vector<std::string>& groups) {
  require_shape(measures.deletion, {static_cast<int64_t>(groups.size())}, "measures of the groups");
}

}  // namespace

MethodMeasures select(const MethodMeasures& measures, const std::vector<int64_t>& rows) {
  const int64_t images = measures.deletion.size(0);
  auto index = at::empty({static_cast<int64_t>(rows.size())}, at::kLong);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] < 0 || rows[i] >= images) {
      throw Error(ErrorCode::invalid_shape, "row: expected one of " + std::to_string(images) +
                                                " images, got " + std::to_string(rows[i]) +
                                                "; check the selection");
    }
    index.data_ptr<int64_t>()[i] = rows[i];
  }
  auto part = measures;
  for (const auto field : kTensors) part.*field = (part.*field).index_select(0, index);
  for (auto& block : part.blocks) {
    for (const auto field : kBlockTensors) block.*field = (block.*field).index_select(0, index);
  }
  return part;
}

namespace {

// One tensor after the other, which are `field` of each part. Curves must have the same levels.
at::Tensor join(const std::vector<at::Tensor>& pieces) {
  for (const auto& piece : pieces) {
    if (piece.dim() == 2) require_shape(piece, {-1, pieces.front().size(1)}, "curves of a part");
  }
  return at::cat(pieces);
}

std::vector<BlockMeasures> join_blocks(const std::vector<MethodMeasures>& parts) {
  auto whole = parts.front().blocks;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const auto field : kBlockTensors) {
      std::vector<at::Tensor> pieces;
      for (const auto& part : parts) {
        if (part.blocks.size() != whole.size() || !(part.blocks[i].setting == whole[i].setting)) {
          throw Error(ErrorCode::invalid_shape,
                      "measures: expected the same fills and grids in each part, got others; "
                      "measure all parts with the same options");
        }
        pieces.push_back(part.blocks[i].*field);
      }
      whole[i].*field = join(pieces);
    }
  }
  return whole;
}

}  // namespace

MethodMeasures concatenate(const std::vector<MethodMeasures>& parts) {
  if (parts.empty()) {
    throw Error(ErrorCode::invalid_shape,
                "measures: expected one part or more, got none; measure first");
  }
  MethodMeasures whole;
  for (const auto field : kTensors) {
    std::vector<at::Tensor> pieces;
    for (const auto& part : parts) pieces.push_back(part.*field);
    whole.*field = join(pieces);
  }
  whole.blocks = join_blocks(parts);
  for (const auto& part : parts) {
    whole.judged += part.judged;
    whole.seconds += part.seconds;
  }
  whole.images_per_second = static_cast<double>(whole.judged) / std::max(whole.seconds, 1e-9);
  return whole;
}

MethodSummary summarise(const MethodMeasures& measures, const std::vector<std::string>& groups,
                        const metrics::BootstrapOptions& bootstrap) {
  require_groups(measures, groups);
  const auto means =
      mean_estimates({to_vector(measures.aoppc_threshold), to_vector(measures.aoppc_rank),
                      to_vector(measures.aoppc_block), to_vector(measures.insertion),
                      to_vector(measures.deletion), to_vector(measures.p_whole),
                      to_vector(measures.p_full_removal), to_vector(measures.p_black)},
                     groups, bootstrap);
  return {.n = measures.deletion.size(0),
          .n_dead = measures.dead.sum().to(at::kLong).item<int64_t>(),
          .aoppc_threshold = means[0],
          .aoppc_rank = means[1],
          .aoppc_block = means[2],
          .aoppc_block_normalised = normalised_estimate(measures.ppc_block, groups, bootstrap),
          .insertion = means[3],
          .deletion = means[4],
          .p_whole = means[5],
          .p_full_removal = means[6],
          .p_black = means[7],
          .inside_lung = inside_lung_estimate(measures.inside_lung, groups, bootstrap),
          .ppc_threshold = mean_curve(measures.ppc_threshold),
          .ppc_rank = mean_curve(measures.ppc_rank),
          .ppc_block = mean_curve(measures.ppc_block),
          .insertion_curve = mean_curve(measures.insertion_curve),
          .blocks = summarise_blocks(measures.blocks, groups, bootstrap),
          .images_per_second = measures.images_per_second};
}

MethodDifference compare(const MethodMeasures& method, const MethodMeasures& against,
                         const std::vector<std::string>& groups,
                         const metrics::BootstrapOptions& bootstrap) {
  require_groups(method, groups);
  require_groups(against, groups);
  const auto difference = [](const at::Tensor& a, const at::Tensor& b) { return to_vector(a - b); };
  const auto means = mean_estimates({difference(method.aoppc_threshold, against.aoppc_threshold),
                                     difference(method.aoppc_rank, against.aoppc_rank),
                                     difference(method.aoppc_block, against.aoppc_block),
                                     difference(method.insertion, against.insertion),
                                     difference(method.deletion, against.deletion)},
                                    groups, bootstrap);
  return {.n = method.deletion.size(0),
          .aoppc_threshold = means[0],
          .aoppc_rank = means[1],
          .aoppc_block = means[2],
          .insertion = means[3],
          .deletion = means[4],
          .inside_lung =
              inside_lung_estimate(method.inside_lung - against.inside_lung, groups, bootstrap),
          .blocks = compare_blocks(method, against, groups, bootstrap)};
}

}  // namespace cxrnet::explain
