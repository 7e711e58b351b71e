#include "cxrnet/core/shape.h"

#include "cxrnet/core/error.h"

namespace cxrnet {
namespace {

template <typename Sizes>
std::string format_sizes(const Sizes& sizes) {
  std::string text = "[";
  for (const int64_t size : sizes) {
    if (text.size() > 1) text += ", ";
    text += size < 0 ? "any" : std::to_string(size);
  }
  return text + "]";
}

bool matches(at::IntArrayRef actual, std::initializer_list<int64_t> expected) {
  if (actual.size() != expected.size()) return false;
  auto size = actual.begin();
  for (const int64_t wanted : expected) {
    if (wanted >= 0 && *size != wanted) return false;
    ++size;
  }
  return true;
}

}  // namespace

void require_shape(const at::Tensor& tensor, std::initializer_list<int64_t> expected,
                   std::string_view subject) {
  if (tensor.defined() && matches(tensor.sizes(), expected)) return;
  throw Error(ErrorCode::invalid_shape,
              std::string(subject) + ": expected shape " + format_sizes(expected) + ", got " +
                  (tensor.defined() ? format_sizes(tensor.sizes()) : "an undefined tensor") +
                  "; check how the tensor was made");
}

void require_dtype(const at::Tensor& tensor, at::ScalarType expected, std::string_view subject) {
  if (tensor.defined() && tensor.scalar_type() == expected) return;
  throw Error(ErrorCode::invalid_shape,
              std::string(subject) + ": expected element type " + at::toString(expected) +
                  ", got " + (tensor.defined() ? at::toString(tensor.scalar_type()) : "none") +
                  "; convert the tensor first");
}

}  // namespace cxrnet
