// What the random split is worth, by hand: one network's answers on patients that it met and on
// others.
#include "figures/leakage.h"

#include <gtest/gtest.h>

namespace cxrnet::study {
namespace {

constexpr int kHealthy = 0;
constexpr int kBacterial = 1;
constexpr int kViral = 2;

class LeakageTest : public testing::Test {
 protected:
  void add(int label, bool right, Acquaintance met_in, const char* patient) {
    metrics::Prediction answer{
        .probabilities = {0.0, 0.0, 0.0, 0.0}, .actual = label, .group = patient};
    answer.probabilities[static_cast<std::size_t>(right ? label : (label + 1) % 4)] = 1.0;
    answers_.image_ids.push_back("image " + std::to_string(answers_.image_ids.size()));
    answers_.predictions.push_back(answer);
    answers_.met_in.push_back(met_in);
  }
  nlohmann::json compare() const { return compare_seen_with_unseen(answers_, {.resamples = 200}); }

  Answers answers_;
};

// Seen: 3 of 4 bacterial, 0 of 1 viral. Unseen: 1 of 2 bacterial, 1 of 3 viral, 1 of 1 healthy.
// Raw: 3/5 - 3/6. Within labels: (6 (3/4 - 1/2) + 4 (0 - 1/3)) / 10; healthy has no image seen.
TEST_F(LeakageTest, ComparesWithinLabelsToo) {
  for (const bool right : {true, true, true, false})
    add(kBacterial, right, Acquaintance::training, right ? "a" : "b");
  add(kViral, false, Acquaintance::training, "c");
  add(kBacterial, true, Acquaintance::none, "d");
  add(kBacterial, false, Acquaintance::none, "e");
  add(kViral, true, Acquaintance::none, "f");
  add(kViral, false, Acquaintance::none, "g");
  add(kViral, false, Acquaintance::none, "g");
  add(kHealthy, true, Acquaintance::none, "h");
  add(kHealthy, false, Acquaintance::validation, "i");  // chose the epoch alone
  const auto result = compare();
  EXPECT_EQ(result["n"], 11);
  EXPECT_EQ(result["left_out"], 1);
  const auto& seen = result["rows"][0];
  const auto& unseen = result["rows"][1];
  EXPECT_EQ(seen["patients"], "seen");
  EXPECT_EQ(seen["patient_count"], 3);
  EXPECT_EQ(seen["n"], 5);
  EXPECT_NEAR(seen["accuracy"]["value"].get<double>(), 0.6, 1e-12);
  EXPECT_EQ(seen["labels"]["bacterial"], 4);
  EXPECT_EQ(unseen["patient_count"], 5);
  EXPECT_EQ(unseen["n"], 6);
  EXPECT_EQ(unseen["labels"]["healthy"], 1);
  EXPECT_NEAR(unseen["accuracy"]["value"].get<double>(), 0.5, 1e-12);
  EXPECT_NEAR(result["difference"]["value"].get<double>(), 0.1, 1e-12);
  EXPECT_NEAR(result["difference_within_labels"]["value"].get<double>(), 1.0 / 60.0, 1e-12);
  const auto sentence = result["sentence"].get<std::string>();
  EXPECT_NE(sentence.find("5 images of 3 patients that it was trained on"), std::string::npos)
      << sentence;
  EXPECT_NE(sentence.find("+10.0 percentage points"), std::string::npos) << sentence;
}

// Whole patients are drawn: ten images of one patient do not make the interval narrow.
TEST_F(LeakageTest, TheIntervalIsByPatient) {
  for (int patient = 0; patient < 4; ++patient) {
    for (int image = 0; image < 10; ++image) {
      add(kViral, patient < 2, Acquaintance::training, std::to_string(patient).c_str());
      add(kViral, false, Acquaintance::none, ("new " + std::to_string(patient)).c_str());
    }
  }
  const auto interval = compare()["difference"]["interval"];
  EXPECT_LT(interval[0].get<double>(), 0.1);  // by image it would be about 0.35 to 0.65
  EXPECT_GT(interval[1].get<double>(), 0.9);
}

TEST_F(LeakageTest, SaysWhatTheIntervalSays) {
  const struct {
    const char* name;
    int right_when_seen, right_when_unseen;  // of 20 patients with one image each
    const char* verdict;
  } rows[] = {{"leak", 20, 2, "This is leakage"},
              {"none", 10, 10, "The interval holds zero"},
              {"worse", 2, 20, "answered no better here"}};
  for (const auto& row : rows) {
    answers_ = {};
    for (int patient = 0; patient < 20; ++patient) {
      add(kViral, patient < row.right_when_seen, Acquaintance::training,
          ("seen " + std::to_string(patient)).c_str());
      add(kViral, patient < row.right_when_unseen, Acquaintance::none,
          ("new " + std::to_string(patient)).c_str());
    }
    const auto sentence = compare()["sentence"].get<std::string>();
    EXPECT_NE(sentence.find(row.verdict), std::string::npos) << row.name << ": " << sentence;
  }
}

TEST_F(LeakageTest, WithoutOneOfThePartsTheDifferenceIsUndefined) {
  add(kViral, true, Acquaintance::none, "a");
  add(kViral, false, Acquaintance::none, "b");
  const auto result = compare();
  EXPECT_TRUE(result["difference"]["value"].is_null());
  EXPECT_EQ(result["difference"]["undefined"], "one of the parts has no image");
  EXPECT_TRUE(result["rows"][0]["accuracy"]["value"].is_null());
  EXPECT_NE(result["sentence"].get<std::string>().find("undefined"), std::string::npos);
}

TEST(AcquaintancesTest, TrainingCountsBeforeValidation) {
  const std::vector<std::string> patients{"a", "a", "b", "b", "c", "d", "d", "d"};
  EXPECT_EQ(acquaintances(patients, {0, 2, 4, 5}, /*learnt_from=*/{1, 6}, /*validated_on=*/{3, 7}),
            (std::vector<Acquaintance>{Acquaintance::training, Acquaintance::validation,
                                       Acquaintance::none, Acquaintance::training}));
}

}  // namespace
}  // namespace cxrnet::study
