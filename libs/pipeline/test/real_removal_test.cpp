// Real X-rays, segmented by the shipped model, through every fill: outside the lungs all is black.
#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "cxrnet/core/files.h"
#include "cxrnet/data/splits.h"
#include "cxrnet/explain/perturbation.h"
#include "cxrnet/nn/model_file.h"
#include "cxrnet/pipeline/explanation_benchmark.h"
#include "shared_data.h"

namespace cxrnet::pipeline {
namespace {

std::vector<ExplanationCase> real_cases() {
  const auto model = nn::load_model(std::filesystem::path(CXRNET_SOURCE_DIR) / "models" /
                                    "cxrnet-default.safetensors");
  const auto manifest = data::read_manifest(data::cxr4_folder() / "manifest.csv");
  const auto test = data::select_rows(manifest, "group_split", "test");
  std::vector<ExplanationCase> cases;
  for (const auto row : data::spread_evenly(test, 3))
    cases.push_back(read_explanation_case(model, manifest, manifest.rows[row]));
  return cases;
}

TEST(RealRemoval, SegmentedXraysGoThroughEveryFill) {
  CXRNET_SKIP_WITHOUT_CXR4();
  const explain::Classifier mean_judge = [](const at::Tensor& image) {
    const auto mean = image.mean({1, 2, 3});
    return at::stack({at::zeros_like(mean), mean}, 1);
  };
  for (const auto& one : real_cases()) {
    EXPECT_EQ(one.image.min().item<float>(), 0.0F);  // or it would not be the case in question
    for (const auto& [fill, name] : EnumNames<explain::Imputation>::values) {
      for (const bool insertion : {false, true}) {
        const auto curve =
            explain::perturbation_curves(mean_judge, one.image, one.lungs, at::ones({1}, at::kLong),
                                         {.imputation = fill, .insertion = insertion, .levels = 4});
        EXPECT_TRUE(at::isfinite(curve).all().item<bool>()) << name;
      }
    }
    // Means of neighbours lie between the darkest and the brightest pixel that is left; a hole of
    // the lungs' own shape, dilated or not, has a border that is exactly black.
    const auto outside = at::max_pool2d(one.lungs, 5, 1, 2) == 0;
    const auto hole = outside.logical_not();
    const auto filled = explain::impute_linearly(one.image, hole);
    const auto known = one.image.masked_select(outside).max().item<double>();
    EXPECT_GE(filled.min().item<double>(), -1e-4);
    EXPECT_LE(filled.max().item<double>(), known + 1e-4);
  }
}

}  // namespace
}  // namespace cxrnet::pipeline
