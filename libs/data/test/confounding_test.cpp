#include "cxrnet/data/confounding.h"

#include <gtest/gtest.h>

namespace cxrnet::data {
namespace {

ManifestRow row_of(const char* label, const char* source) {
  ManifestRow row;
  row.label = label;
  row.source = source;
  return row;
}

TEST(ConfoundingTest, NamesTheSourceThatGivesTheClassAway) {
  Manifest manifest;
  for (int i = 0; i < 9; ++i) manifest.rows.push_back(row_of("viral", "kermany"));
  manifest.rows.push_back(row_of("viral", "other"));
  manifest.rows.push_back(row_of("covid19", "other"));
  const auto text = describe_confounding(manifest);
  EXPECT_NE(text.find("90 % of the images without COVID-19"), std::string::npos) << text;
  EXPECT_NE(text.find("but 0 % of those with COVID-19"), std::string::npos) << text;
  EXPECT_NE(text.find("no proof that it sees the disease"), std::string::npos) << text;
}

TEST(ConfoundingTest, DoesNotWarnWhereSourcesMix) {
  Manifest manifest;
  for (const char* label : {"healthy", "covid19"}) {
    manifest.rows.push_back(row_of(label, "a"));
    manifest.rows.push_back(row_of(label, "a"));
  }
  EXPECT_EQ(describe_confounding(manifest).find("no proof"), std::string::npos);
}

TEST(ConfoundingTest, SaysThatUnnamedSourcesLeaveItOpen) {
  Manifest manifest;
  manifest.rows.push_back(row_of("viral", ""));
  manifest.rows.push_back(row_of("covid19", ""));
  EXPECT_NE(describe_confounding(manifest).find("stays open"), std::string::npos);
}

}  // namespace
}  // namespace cxrnet::data
