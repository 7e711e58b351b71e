#include "adam_kernel.h"

#include <ATen/Parallel.h>

#include <cmath>

#include "cxrnet/core/vectorise.h"

namespace cxrnet::train {
namespace {

constexpr int64_t kValuesPerTask = 1 << 15;

CXRNET_INLINE void update(float* __restrict parameter, const float* __restrict gradient,
                          float* __restrict first, float* __restrict second, int64_t size,
                          const AdamStep step) {
  for (int64_t i = 0; i < size; ++i) {
    const float g = gradient[i];
    first[i] = step.beta1 * first[i] + step.new1 * g;
    second[i] = step.beta2 * second[i] + step.new2 * g * g;
    const float deviation = std::sqrt(second[i]) * step.root_correction + step.epsilon;
    parameter[i] = step.kept * parameter[i] - step.step_size * first[i] / deviation;
  }
}

}  // namespace

void adam_kernel(float* parameter, const float* gradient, float* first, float* second, int64_t size,
                 const AdamStep& step) {
  at::parallel_for(0, size, kValuesPerTask, [&](int64_t begin, int64_t end) {
    vectorised<update>(parameter + begin, gradient + begin, first + begin, second + begin,
                       end - begin, step);
  });
}

}  // namespace cxrnet::train
