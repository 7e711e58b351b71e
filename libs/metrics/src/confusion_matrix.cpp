#include "cxrnet/metrics/confusion_matrix.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "cxrnet/core/error.h"

namespace cxrnet::metrics {

ConfusionMatrix::ConfusionMatrix(std::vector<std::string> labels)
    : labels_(std::move(labels)), counts_(labels_.size() * labels_.size(), 0) {}

void ConfusionMatrix::add(std::size_t actual, std::size_t predicted, int64_t images) {
  const std::size_t worst = std::max(actual, predicted);
  if (worst >= labels_.size()) {
    throw Error(ErrorCode::invalid_option, "class: expected an index below " +
                                               std::to_string(labels_.size()) + ", got " +
                                               std::to_string(worst) + "; check the labels");
  }
  counts_[actual * labels_.size() + predicted] += images;
}

int64_t ConfusionMatrix::count(std::size_t actual, std::size_t predicted) const {
  return counts_[actual * labels_.size() + predicted];
}

int64_t ConfusionMatrix::actual_total(std::size_t label) const {
  int64_t sum = 0;
  for (std::size_t i = 0; i < labels_.size(); ++i) sum += count(label, i);
  return sum;
}

int64_t ConfusionMatrix::predicted_total(std::size_t label) const {
  int64_t sum = 0;
  for (std::size_t i = 0; i < labels_.size(); ++i) sum += count(i, label);
  return sum;
}

int64_t ConfusionMatrix::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), int64_t{0});
}

int64_t ConfusionMatrix::correct() const {
  int64_t sum = 0;
  for (std::size_t i = 0; i < labels_.size(); ++i) sum += count(i, i);
  return sum;
}

namespace {

constexpr const char* kClassAbsent = "no image of this class in the data";

double as_double(int64_t count) { return static_cast<double>(count); }

}  // namespace

Figure recall(const ConfusionMatrix& matrix, std::size_t label) {
  return ratio(as_double(matrix.count(label, label)), as_double(matrix.actual_total(label)),
               kClassAbsent);
}

Figure precision(const ConfusionMatrix& matrix, std::size_t label) {
  return ratio(as_double(matrix.count(label, label)), as_double(matrix.predicted_total(label)),
               "no image was predicted as this class");
}

Figure f1(const ConfusionMatrix& matrix, std::size_t label) {
  const int64_t support = matrix.actual_total(label);
  if (support == 0) return undefined(kClassAbsent);
  return defined(2.0 * as_double(matrix.count(label, label)) /
                 as_double(support + matrix.predicted_total(label)));
}

Figure accuracy(const ConfusionMatrix& matrix) {
  return ratio(as_double(matrix.correct()), as_double(matrix.total()), "no images");
}

}  // namespace cxrnet::metrics
