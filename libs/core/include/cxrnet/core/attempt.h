// What one piece of work gave, or what it threw, so that one item's failure leaves the others
// alone.
#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace cxrnet {

template <class Result>
struct Attempt {
  std::optional<Result> result = {};
  std::exception_ptr failure = {};  ///< set where there is no result

  /// The result, once; throws what the work threw.
  Result take() {
    if (failure) std::rethrow_exception(failure);
    return *std::move(result);
  }
};

/// Does the work and keeps what came of it.
template <class Work>
Attempt<std::invoke_result_t<Work>> attempt(Work&& work) {
  try {
    return {.result = std::forward<Work>(work)(), .failure = nullptr};
  } catch (...) {
    return {.result = std::nullopt, .failure = std::current_exception()};
  }
}

}  // namespace cxrnet
