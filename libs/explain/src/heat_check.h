// What every measure asks of a heat map.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace cxrnet::explain {

/// Errors: invalid_shape unless [N, 1, H, W] f32; invalid_option unless finite and in [0, 1].
void require_heat(const at::Tensor& heat, std::string_view subject = "heat");

/// Errors: invalid_shape unless `other` has the shape of `heat` [N, 1, H, W].
void require_same_shape(const at::Tensor& heat, const at::Tensor& other, std::string_view subject);

}  // namespace cxrnet::explain
