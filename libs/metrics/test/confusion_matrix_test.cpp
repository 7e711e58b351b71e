#include "cxrnet/metrics/confusion_matrix.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "cxrnet/core/error.h"

namespace cxrnet::metrics {
namespace {

using Counts = std::array<std::array<int64_t, 4>, 4>;

ConfusionMatrix matrix_of(const Counts& counts) {
  ConfusionMatrix matrix({"bacterial", "covid19", "healthy", "viral"});
  for (std::size_t actual = 0; actual < 4; ++actual) {
    for (std::size_t predicted = 0; predicted < 4; ++predicted) {
      matrix.add(actual, predicted, counts[actual][predicted]);
    }
  }
  return matrix;
}

// The paper's Fig. 11, in its own order of the classes.
constexpr Counts kPaperOriginal{
    {{450, 0, 12, 75}, {0, 128, 1, 1}, {2, 2, 297, 4}, {65, 0, 27, 175}}};
constexpr Counts kPaperSegmented{
    {{466, 0, 10, 61}, {0, 129, 1, 0}, {3, 1, 295, 6}, {54, 1, 13, 199}}};

struct TableRow {
  std::size_t label;
  double precision, recall, f1;
};

// The paper prints three decimals.
void expect_table(const ConfusionMatrix& matrix, const std::array<TableRow, 4>& rows) {
  constexpr double kRounding = 0.0005 + 1e-12;
  for (const auto& row : rows) {
    const auto& label = matrix.labels()[row.label];
    EXPECT_NEAR(precision(matrix, row.label).value.value(), row.precision, kRounding) << label;
    EXPECT_NEAR(recall(matrix, row.label).value.value(), row.recall, kRounding) << label;
    EXPECT_NEAR(f1(matrix, row.label).value.value(), row.f1, kRounding) << label;
  }
}

TEST(ConfusionMatrix, GivesThePapersTableForOriginalImages) {
  const auto matrix = matrix_of(kPaperOriginal);
  expect_table(matrix, {{{2, 0.881, 0.974, 0.925},
                         {0, 0.870, 0.838, 0.854},
                         {3, 0.686, 0.655, 0.670},
                         {1, 0.985, 0.985, 0.985}}});
  EXPECT_NEAR(accuracy(matrix).value.value(), 0.847, 0.0005 + 1e-12);
}

TEST(ConfusionMatrix, GivesThePapersTableForSegmentedImages) {
  const auto matrix = matrix_of(kPaperSegmented);
  expect_table(matrix, {{{2, 0.925, 0.967, 0.946},
                         {0, 0.891, 0.868, 0.879},
                         {3, 0.748, 0.745, 0.747},
                         {1, 0.985, 0.992, 0.989}}});
  EXPECT_NEAR(accuracy(matrix).value.value(), 0.879, 0.0005 + 1e-12);
}

TEST(ConfusionMatrix, CountsRowsAsActualAndColumnsAsPredicted) {
  const auto matrix = matrix_of(kPaperSegmented);
  EXPECT_EQ(matrix.count(0, 3), 61);  // bacterial taken for viral
  EXPECT_EQ(matrix.count(3, 0), 54);  // viral taken for bacterial
  EXPECT_EQ(matrix.actual_total(0), 537);
  EXPECT_EQ(matrix.predicted_total(0), 523);
  EXPECT_EQ(matrix.total(), 1239);
  EXPECT_EQ(matrix.correct(), 1089);
}

TEST(ConfusionMatrix, AddsUp) {
  ConfusionMatrix matrix({"a", "b"});
  matrix.add(0, 1);
  matrix.add(0, 1, 4);
  matrix.add(1, 1, 0);
  EXPECT_EQ(matrix.count(0, 1), 5);
  EXPECT_EQ(matrix.total(), 5);
}

TEST(ConfusionMatrix, RefusesAClassThatIsNotThere) {
  ConfusionMatrix matrix({"a", "b"});
  EXPECT_THROW(matrix.add(2, 0), Error);
  EXPECT_THROW(matrix.add(0, 2), Error);
  EXPECT_THROW(ConfusionMatrix().add(0, 0), Error);
}

// Eq. (10) as it is printed, against the counts form that stands in the code.
TEST(F1, IsTheHarmonicMeanWhereBothAreDefined) {
  const auto matrix = matrix_of(kPaperOriginal);
  for (std::size_t label = 0; label < 4; ++label) {
    const double p = precision(matrix, label).value.value();
    const double r = recall(matrix, label).value.value();
    EXPECT_NEAR(f1(matrix, label).value.value(), r * p / (r + p) * 2.0, 1e-15);
  }
}

TEST(Figures, AreUndefinedWithAReasonInsteadOfZeroOrNan) {
  // b occurs and is never predicted; c is predicted and never occurs; d does neither.
  ConfusionMatrix matrix({"a", "b", "c", "d"});
  matrix.add(0, 0, 3);
  matrix.add(0, 2, 1);
  matrix.add(1, 0, 2);
  struct Row {
    std::size_t label;
    std::optional<double> precision, recall, f1;
  };
  const Row rows[] = {{0, 3.0 / 5, 3.0 / 4, 6.0 / 9},
                      {1, std::nullopt, 0.0, 0.0},
                      {2, 0.0, std::nullopt, std::nullopt},
                      {3, std::nullopt, std::nullopt, std::nullopt}};
  for (const auto& row : rows) {
    const auto expect = [&](const Figure& figure, const std::optional<double>& value) {
      EXPECT_EQ(figure.value, value) << matrix.labels()[row.label];
      EXPECT_EQ(figure.undefined.empty(), value.has_value()) << matrix.labels()[row.label];
    };
    expect(precision(matrix, row.label), row.precision);
    expect(recall(matrix, row.label), row.recall);
    expect(f1(matrix, row.label), row.f1);
  }
  EXPECT_FALSE(accuracy(ConfusionMatrix({"a"})).value);
  EXPECT_EQ(accuracy(ConfusionMatrix({"a"})).undefined, "no images");
}

}  // namespace
}  // namespace cxrnet::metrics
