#include "heat_check.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <string>

#include "cxrnet/core/error.h"
#include "cxrnet/core/shape.h"

namespace cxrnet::explain {

void require_heat(const at::Tensor& heat, std::string_view subject) {
  require_shape(heat, {-1, 1, -1, -1}, subject);
  require_dtype(heat, at::kFloat, subject);
  if (heat.numel() == 0 || ((heat >= 0).logical_and(heat <= 1)).all().item<bool>()) return;
  throw Error(ErrorCode::invalid_option, std::string(subject) +
                                             ": expected values from 0 to 1, got others or NaN; "
                                             "normalise the map first");
}

void require_same_shape(const at::Tensor& heat, const at::Tensor& other, std::string_view subject) {
  require_shape(heat, {-1, 1, -1, -1}, "heat");
  require_shape(other, {heat.size(0), 1, heat.size(2), heat.size(3)}, subject);
}

}  // namespace cxrnet::explain
