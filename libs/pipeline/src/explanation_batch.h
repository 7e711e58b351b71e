// Several cases as one batch.
#pragma once

#include <vector>

#include "cxrnet/explain/benchmark.h"
#include "cxrnet/pipeline/explanation_benchmark.h"

namespace cxrnet::pipeline {

inline constexpr std::size_t kCasesAtOnce = 32;  // in memory

explain::BenchmarkCases to_batch(const std::vector<ExplanationCase>& cases);

}  // namespace cxrnet::pipeline
