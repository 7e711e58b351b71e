// Shape checks at the borders between parts: a shape comment without a check behind it rots.
#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace cxrnet {

/// Throws Error{invalid_shape} unless `tensor` is defined and each size equals `expected`; -1
/// stands for any size.
void require_shape(const at::Tensor& tensor, std::initializer_list<int64_t> expected,
                   std::string_view subject);

/// Throws Error{invalid_shape} unless `tensor` has the element type `expected`.
void require_dtype(const at::Tensor& tensor, at::ScalarType expected, std::string_view subject);

}  // namespace cxrnet
