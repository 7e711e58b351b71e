// The confusion matrix (paper, Fig. 11) and the figures that follow from it: equations (8) to (11).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cxrnet/metrics/figure.h"

namespace cxrnet::metrics {

/// Counts of images by actual class (row) and predicted class (column).
class ConfusionMatrix {
 public:
  /// An empty matrix; row and column i stand for labels[i].
  explicit ConfusionMatrix(std::vector<std::string> labels = {});

  /// Counts `images` more images. Errors: invalid_option when a class is not one of the labels.
  void add(std::size_t actual, std::size_t predicted, int64_t images = 1);

  const std::vector<std::string>& labels() const { return labels_; }
  int64_t count(std::size_t actual, std::size_t predicted) const;
  int64_t actual_total(std::size_t label) const;     ///< sum of a row: the class's support
  int64_t predicted_total(std::size_t label) const;  ///< sum of a column
  int64_t total() const;
  int64_t correct() const;  ///< sum of the diagonal

 private:
  std::vector<std::string> labels_;
  std::vector<int64_t> counts_;  // [actual * labels + predicted]
};

/// TP / (TP + FN), eq. (8). Undefined when the class does not occur.
Figure recall(const ConfusionMatrix& matrix, std::size_t label);

/// TP / (TP + FP), eq. (9). Undefined when the class is never predicted.
Figure precision(const ConfusionMatrix& matrix, std::size_t label);

/// The harmonic mean of precision and recall, eq. (10), as 2 TP / (2 TP + FP + FN): equal to it
/// where both are defined and not both 0, and 0 for a class that occurs but is never hit. Undefined
/// when the class does not occur, since then no classifier could reach anything but 0.
Figure f1(const ConfusionMatrix& matrix, std::size_t label);

/// The share of correct images, eq. (11) read for several classes (the diagonal over all: this
/// reading gives the paper's 0.847 and 0.879 from its Fig. 11; the mean of one-versus-rest
/// accuracies does not). Undefined when empty.
Figure accuracy(const ConfusionMatrix& matrix);

}  // namespace cxrnet::metrics
