// One step of Adam in one pass over memory: seven values moved for each weight, where single
// operations move twenty-one.
#pragma once

#include <cstdint>

namespace cxrnet::train {

struct AdamStep {
  float beta1, beta2;
  float new1, new2;  ///< 1 - beta, of which f32's own difference would keep four digits
  float epsilon;
  float kept;             ///< 1 - learning rate * weight decay
  float step_size;        ///< learning rate / (1 - beta1^steps)
  float root_correction;  ///< 1 / sqrt(1 - beta2^steps)
};

/// Updates `parameter` and both moments, arrays of `size`, in place, on all threads.
void adam_kernel(float* parameter, const float* gradient, float* first, float* second, int64_t size,
                 const AdamStep& step);

}  // namespace cxrnet::train
