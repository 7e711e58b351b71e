#include "stages/mask_reader.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "cxrnet/core/random.h"
#include "error_matchers.h"

namespace cxrnet::study {
namespace {

constexpr int64_t kPatients = 40;
constexpr int64_t kImages = 4;  // of each patient
constexpr int64_t kRows = kPatients * kImages;

std::vector<std::string> patients() {
  std::vector<std::string> groups;
  for (int64_t i = 0; i < kRows; ++i) groups.push_back("patient " + std::to_string(i / kImages));
  return groups;
}

// An answer for each patient: 0 for three of four, else 1.
at::Tensor answer_by_patient() {
  auto answers = at::zeros({kRows}, at::kLong);
  for (int64_t i = 0; i < kRows; ++i) answers[i] = (i / kImages) % 4 == 3 ? 1 : 0;
  return answers;
}

double accuracy(const at::Tensor& features, const at::Tensor& answers,
                const std::vector<int64_t>& fold) {
  return read_cross_fitted(features, answers, 4, fold)
      .eq(answers)
      .to(at::kDouble)
      .mean()
      .item<double>();
}

std::vector<int64_t> by_patient() { return folds_by_group(patients(), kReaderFolds, 3); }

TEST(MaskReader, ReadsAnAnswerThatTheShapeGivesAway) {
  auto answers = at::zeros({kRows}, at::kLong);
  for (int64_t i = 0; i < kRows; ++i) answers[i] = (i / kImages) % 4;
  const auto shape = at::one_hot(answers, 4).to(at::kDouble);
  EXPECT_EQ(accuracy(shape, answers, by_patient()), 1.0);
  // One that no straight line divides: which of four corners, the answer being their parity.
  const auto corner = at::stack({answers.remainder(2), answers.floor_divide(2)}, 1).to(at::kDouble);
  const auto parity = corner.sum(1).remainder(2).to(at::kLong);
  EXPECT_EQ(accuracy(corner, parity, by_patient()), 1.0);
}

// Masks that say nothing: the most frequent answer of the others, right as often as it occurs.
TEST(MaskReader, NamesTheMostFrequentAnswerWhereTheShapeSaysNothing) {
  const auto same = at::full({kRows, 9}, 0.25, at::kDouble);
  EXPECT_EQ(accuracy(same, answer_by_patient(), by_patient()), 0.75);
}

// Features that name the patient and nothing else. Fitted to other patients they cannot help; with
// a patient's images on both sides they would give every answer away.
TEST(MaskReader, CrossFittingByPatientKeepsWhatIsThePatientsOutOfTheFigure) {
  auto patient = at::zeros({kRows}, at::kLong);
  std::vector<int64_t> by_image;
  for (int64_t i = 0; i < kRows; ++i) {
    patient[i] = i / kImages;
    by_image.push_back(i % kImages);
  }
  const auto name = at::one_hot(patient, kPatients).to(at::kDouble);
  EXPECT_EQ(accuracy(name, answer_by_patient(), by_image), 1.0);
  EXPECT_EQ(accuracy(name, answer_by_patient(), by_patient()), 0.75);
}

TEST(MaskReader, FoldsKeepPatientsTogetherAndAreOfOneSize) {
  const auto groups = patients();
  const auto fold = by_patient();
  std::map<std::string, std::set<int64_t>> of_patient;
  std::map<int64_t, int64_t> sizes;
  for (std::size_t i = 0; i < fold.size(); ++i) {
    of_patient[groups[i]].insert(fold[i]);
    ++sizes[fold[i]];
  }
  for (const auto& [patient, folds] : of_patient) EXPECT_EQ(folds.size(), 1U) << patient;
  ASSERT_EQ(sizes.size(), static_cast<std::size_t>(kReaderFolds));
  for (const auto& [one, size] : sizes) EXPECT_EQ(size, kRows / kReaderFolds) << one;
  EXPECT_EQ(caught([] { folds_by_group({"a", "a", "b"}, 3, 1); }).code, ErrorCode::invalid_option);
}

}  // namespace
}  // namespace cxrnet::study
