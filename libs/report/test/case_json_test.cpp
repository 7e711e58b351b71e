#include "cxrnet/report/case_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "error_matchers.h"
#include "sample_diagnosis.h"

namespace cxrnet::report {
namespace {

const nn::ModelIdentity kModel{
    .name = "tiny", .sha256 = "abc123", .limits = "Children alone.", .population = "12 children"};

TEST(CaseJson, IsThePredictContract) {
  auto diagnosis = sample_diagnosis();
  diagnosis.flags = {pipeline::Flag::low_contrast, pipeline::Flag::out_of_distribution};
  const auto expected = nlohmann::json::parse(R"json({
    "label": "covid19",
    "probabilities": {"healthy": 0.0004, "bacterial": 0.0216, "viral": 0.0438, "covid19": 0.9342},
    "calibrated": true,
    "flags": ["low_contrast", "out_of_distribution"],
    "lung_fraction": 0.25,
    "model": {"name": "tiny", "sha256": "abc123", "limits": "Children alone.", "population": "12 children"}
  })json");
  EXPECT_EQ(case_json(diagnosis, kModel), expected);
}

TEST(CaseJson, HasNoLungFractionWithoutAMaskAndAnEmptyListWithoutFlags) {
  auto diagnosis = sample_diagnosis();
  diagnosis.mask.release();
  diagnosis.lung_fraction = 0.0;
  const auto json = case_json(diagnosis, kModel);
  EXPECT_TRUE(json.at("lung_fraction").is_null());
  EXPECT_EQ(json.at("flags"), nlohmann::json::array());
}

TEST(CaseJson, RefusesADiagnosisWithoutAllProbabilities) {
  auto diagnosis = sample_diagnosis();
  diagnosis.probabilities.pop_back();
  EXPECT_EQ(caught([&] { case_json(diagnosis, kModel); }).code, ErrorCode::invalid_shape);
}

}  // namespace
}  // namespace cxrnet::report
