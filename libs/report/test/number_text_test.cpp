#include "page/number_text.h"

#include <gtest/gtest.h>

#include <clocale>

namespace cxrnet::report {
namespace {

TEST(Percent, NeverTurnsNearlyIntoAlways) {
  struct Row {
    double share;
    const char* expected;
  };
  const Row rows[] = {{0.0, "0.0\u00A0%"},     {0.0004, "< 0.1\u00A0%"}, {0.001, "0.1\u00A0%"},
                      {0.9342, "93.4\u00A0%"}, {0.999, "99.9\u00A0%"},   {0.9996, "> 99.9\u00A0%"},
                      {1.0, "100.0\u00A0%"}};
  for (const auto& row : rows) EXPECT_EQ(percent(row.share), row.expected) << row.share;
}

TEST(Fixed, RoundsAndKeepsThePoint) {
  EXPECT_EQ(fixed(0.8786, 3), "0.879");
  EXPECT_EQ(fixed(-2.5, 0), "-2");  // ties to even, as printf
  EXPECT_EQ(fixed(1e300, 1).size(), 303U);
  std::setlocale(LC_ALL, "de_DE.UTF-8");
  EXPECT_EQ(fixed(1.5, 2), "1.50");
  std::setlocale(LC_ALL, "C");
}

TEST(IntervalText, KeepsADashAwayFromAMinus) {
  EXPECT_EQ(interval_text({.low = 0.89, .high = 0.931}), "0.890 – 0.931");
  EXPECT_EQ(interval_text({.low = -0.012, .high = 0.031}), "-0.012 to 0.031");
}

TEST(EstimateHtml, ShowsFigureAndIntervalOrTheReason) {
  metrics::Estimate estimate;
  estimate.value = 0.91234;
  EXPECT_EQ(estimate_html(estimate).code(), "<strong>0.912</strong>");
  estimate.interval = {0.88, 0.94};
  EXPECT_EQ(estimate_html(estimate).code(),
            "<strong>0.912</strong><small class=\"interval\">0.880 – 0.940</small>");
  metrics::Estimate missing;
  missing.undefined = "no image of this class";
  EXPECT_EQ(estimate_html(missing).code(),
            "<span class=\"undefined\">undefined: no image of this class</span>");
}

}  // namespace
}  // namespace cxrnet::report
