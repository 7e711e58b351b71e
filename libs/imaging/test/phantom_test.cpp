#include "cxrnet/imaging/phantom.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

PhantomOptions quiet(int64_t seed, Finding finding = Finding::healthy, int64_t size = 128) {
  return {.size = size, .seed = seed, .finding = finding, .noise = 0.0};
}

bool equal(const cv::Mat& a, const cv::Mat& b) {
  return a.type() == b.type() && a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0.0;
}

double fraction(const cv::Mat& mask) {
  return cv::countNonZero(mask) / static_cast<double>(mask.total());
}

double overlap(const cv::Mat& a, const cv::Mat& b) {
  return cv::countNonZero(a & b) / static_cast<double>(cv::countNonZero(a | b));
}

cv::Mat left_half(const cv::Mat& image) { return image.colRange(0, image.cols / 2); }
cv::Mat right_half(const cv::Mat& image) { return image.colRange(image.cols / 2, image.cols); }

/// Standard deviation of the difference from the noise-free picture, in grey levels.
double noise_level(PhantomOptions options) {
  const cv::Mat noisy = render_phantom(options).image;
  options.noise = 0.0;
  cv::Mat difference;
  cv::subtract(noisy, render_phantom(options).image, difference, cv::noArray(), CV_32F);
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(difference, mean, deviation);
  return deviation[0];
}

TEST(PhantomOptionsTest, RefusesValuesOutOfRange) {
  struct Row {
    const char* name;
    PhantomOptions options;
    const char* field;
  };
  const std::vector<Row> rows{{"size below", {.size = 63}, "size"},
                              {"size above", {.size = 4097}, "size"},
                              {"negative seed", {.seed = -1}, "seed"},
                              {"no severity", {.severity = 0.0}, "severity"},
                              {"severity above", {.severity = 1.01}, "severity"},
                              {"negative noise", {.noise = -0.1}, "noise"},
                              {"no exposure", {.exposure = 0.0}, "exposure"},
                              {"not a number", {.exposure = std::nan("")}, "exposure"}};
  for (const Row& row : rows) {
    try {
      render_phantom(row.options);
      ADD_FAILURE() << row.name << ": accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_option) << row.name;
      EXPECT_NE(std::string(error.what()).find(row.field), std::string::npos)
          << row.name << ": " << error.what();
    }
  }
}

TEST(PhantomOptionsTest, FindingsAreNamedAsTheClasses) {
  EXPECT_EQ(enum_names<Finding>(),
            (std::vector<std::string>{"healthy", "bacterial", "viral", "covid19"}));
  EXPECT_EQ(render_phantom(quiet(1, Finding::viral, 64)).label, "viral");
}

TEST(PhantomTest, ImagesHaveTheStatedSizeAndType) {
  for (const int64_t size : {64, 97, 256}) {
    const Phantom phantom = render_phantom(quiet(5, Finding::bacterial, size));
    const cv::Size expected(static_cast<int>(size), static_cast<int>(size));
    EXPECT_EQ(phantom.image.size(), expected);
    EXPECT_EQ(phantom.lung_mask.size(), expected);
    EXPECT_EQ(phantom.lesion_mask.size(), expected);
    EXPECT_EQ(phantom.image.type(), CV_16UC1);
    for (const cv::Mat& mask : {phantom.lung_mask, phantom.lesion_mask}) {
      EXPECT_EQ(mask.type(), CV_8UC1);
      EXPECT_EQ(cv::countNonZero(mask), cv::countNonZero(mask == 255)) << "a mask is 0 or 255";
    }
  }
}

TEST(PhantomTest, SameOptionsGiveTheSamePixels) {
  for (const auto& [finding, name] : EnumNames<Finding>::values) {
    const PhantomOptions options{.size = 96, .seed = 11, .finding = finding};
    const Phantom first = render_phantom(options);
    const Phantom second = render_phantom(options);
    EXPECT_TRUE(equal(first.image, second.image)) << name;
    EXPECT_TRUE(equal(first.lung_mask, second.lung_mask)) << name;
    EXPECT_TRUE(equal(first.lesion_mask, second.lesion_mask)) << name;
  }
}

TEST(PhantomTest, DoesNotDependOnOrDisturbOpenCvsRandomState) {
  cv::theRNG().state = 1;
  const Phantom first = render_phantom({.size = 64, .seed = 2});
  const auto state = cv::theRNG().state;
  cv::theRNG().state = 99;
  EXPECT_TRUE(equal(first.image, render_phantom({.size = 64, .seed = 2}).image));
  EXPECT_EQ(state, 1U);
}

TEST(PhantomTest, AnotherSeedIsAnotherPerson) {
  const Phantom first = render_phantom(quiet(1));
  const Phantom second = render_phantom(quiet(2));
  EXPECT_LT(overlap(first.lung_mask, second.lung_mask), 0.97);
  EXPECT_GT(
      cv::norm(first.image, second.image, cv::NORM_L1) / static_cast<double>(first.image.total()),
      655.0);
}

TEST(PhantomTest, LungsTakeAPlausiblePartOfThePicture) {
  constexpr int kSeeds = 50;
  double total = 0.0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const Phantom phantom = render_phantom(quiet(seed, Finding::healthy, 64));
    const double lungs = fraction(phantom.lung_mask);
    EXPECT_GT(lungs, 0.17) << seed;
    EXPECT_LT(lungs, 0.45) << seed;
    const double sides =
        fraction(left_half(phantom.lung_mask)) / fraction(right_half(phantom.lung_mask));
    EXPECT_GT(sides, 0.6) << seed;
    EXPECT_LT(sides, 1.7) << seed;
    total += lungs;
  }
  // Mean of the human-drawn masks of real radiographs is near 0.33, smaller where the field shows
  // more than the chest.
  EXPECT_NEAR(total / kSeeds, 0.29, 0.05);
}

TEST(PhantomTest, LungsAreTwoPieces) {
  for (int seed = 0; seed < 20; ++seed) {
    const cv::Mat lungs = render_phantom(quiet(seed, Finding::healthy, 256)).lung_mask;
    cv::Mat labels, stats, centres;
    const int pieces = cv::connectedComponentsWithStats(lungs, labels, stats, centres);
    std::vector<int> areas;
    for (int i = 1; i < pieces; ++i) areas.push_back(stats.at<int>(i, cv::CC_STAT_AREA));
    std::sort(areas.rbegin(), areas.rend());
    ASSERT_GE(areas.size(), 2U) << seed;
    // The tip of a costophrenic angle is thinner than a pixel and may leave single pixels beside.
    EXPECT_GE(areas[0] + areas[1], cv::countNonZero(lungs) - 4) << seed;
    EXPECT_GT(areas[1], 0.6 * areas[0]) << seed;
  }
}

TEST(PhantomTest, LungsAreDarkerThanEverythingElseOfTheBody) {
  for (int seed = 0; seed < 20; ++seed) {
    const Phantom phantom = render_phantom(quiet(seed, Finding::healthy, 192));
    const cv::Rect abdomen(70, 172, 52, 18);
    const cv::Rect spine(88, 100, 14, 30);
    const double lungs = cv::mean(phantom.image, phantom.lung_mask)[0];
    EXPECT_GT(cv::mean(phantom.image(abdomen))[0], 1.3 * lungs) << seed;
    EXPECT_GT(cv::mean(phantom.image(spine))[0], 1.3 * lungs) << seed;
    EXPECT_GT(lungs, 2.0 * cv::mean(phantom.image(cv::Rect(0, 0, 12, 4)))[0])
        << seed << ": air beside the neck";
  }
}

TEST(PhantomTest, NothingInsideTheBodyIsCutOff) {
  for (const double exposure : {0.25, 1.0, 4.0}) {
    const Phantom phantom =
        render_phantom({.size = 128, .seed = 8, .noise = 0.0, .exposure = exposure});
    double low = 0.0;
    double high = 0.0;
    cv::minMaxLoc(phantom.image, &low, &high, nullptr, nullptr, phantom.lung_mask);
    EXPECT_GT(low, 0.0) << exposure;
    EXPECT_LT(high, 65535.0) << exposure;
  }
}

TEST(PhantomTest, HealthyHasNoLesion) {
  for (int seed = 0; seed < 10; ++seed) {
    EXPECT_EQ(cv::countNonZero(render_phantom(quiet(seed, Finding::healthy, 64)).lesion_mask), 0)
        << seed;
  }
}

TEST(PhantomTest, LesionBrightensThePixelsOfItsMaskAndNoOthers) {
  for (const Finding finding : {Finding::bacterial, Finding::viral, Finding::covid19}) {
    for (int seed = 0; seed < 6; ++seed) {
      for (const int64_t size : {64, 150}) {
        const Phantom healthy = render_phantom(quiet(seed, Finding::healthy, size));
        const Phantom ill = render_phantom(quiet(seed, finding, size));
        const auto context = std::string(ill.label) + " seed " + std::to_string(seed) + " size " +
                             std::to_string(size);
        EXPECT_TRUE(equal(healthy.lung_mask, ill.lung_mask)) << context;
        EXPECT_GT(cv::countNonZero(ill.lesion_mask), 0) << context;
        EXPECT_EQ(cv::countNonZero(ill.lesion_mask & ~ill.lung_mask), 0)
            << context << ": outside of the lungs";
        EXPECT_TRUE(equal(ill.image > healthy.image, ill.lesion_mask)) << context;
        EXPECT_TRUE(equal(ill.image != healthy.image, ill.lesion_mask)) << context;
      }
    }
  }
}

TEST(PhantomTest, ConsolidationStaysInOneLung) {
  for (int seed = 0; seed < 20; ++seed) {
    const cv::Mat lesion = render_phantom(quiet(seed, Finding::bacterial)).lesion_mask;
    const double left = cv::countNonZero(left_half(lesion));
    const double right = cv::countNonZero(right_half(lesion));
    EXPECT_GT(std::max(left, right), 0.95 * (left + right)) << seed;
  }
}

TEST(PhantomTest, ViralAndCovidFindingsAreOnBothSides) {
  for (const Finding finding : {Finding::viral, Finding::covid19}) {
    for (int seed = 0; seed < 20; ++seed) {
      const Phantom phantom = render_phantom(quiet(seed, finding));
      EXPECT_GT(fraction(left_half(phantom.lesion_mask)), 0.01) << phantom.label << " " << seed;
      EXPECT_GT(fraction(right_half(phantom.lesion_mask)), 0.01) << phantom.label << " " << seed;
    }
  }
}

/// Mean distance of a mask's pixels from the middle column, and their mean row, both as fractions
/// of the side.
struct Spread {
  double lateral = 0.0;
  double down = 0.0;
};
Spread spread_of(const cv::Mat& mask) {
  std::vector<cv::Point> points;
  cv::findNonZero(mask, points);
  Spread spread;
  for (const cv::Point& point : points) {
    spread.lateral += std::abs(point.x + 0.5 - 0.5 * mask.cols) / mask.cols;
    spread.down += (point.y + 0.5) / mask.rows;
  }
  const auto n = static_cast<double>(points.size());
  return {spread.lateral / n, spread.down / n};
}

TEST(PhantomTest, GroundGlassIsPeripheralAndBasal) {
  double lateral = 0.0;
  double down = 0.0;
  for (int seed = 0; seed < 20; ++seed) {
    const Phantom phantom = render_phantom(quiet(seed, Finding::covid19));
    const Spread lesion = spread_of(phantom.lesion_mask);
    const Spread lungs = spread_of(phantom.lung_mask);
    lateral += (lesion.lateral - lungs.lateral) / 20.0;
    down += (lesion.down - lungs.down) / 20.0;
  }
  EXPECT_GT(lateral, 0.01);
  EXPECT_GT(down, 0.03);
}

TEST(PhantomTest, MoreSevereIsMoreOfTheSameLesion) {
  for (const Finding finding : {Finding::bacterial, Finding::viral, Finding::covid19}) {
    for (int seed = 0; seed < 3; ++seed) {
      Phantom milder = render_phantom(quiet(seed, Finding::healthy, 96));
      for (const double severity : {0.1, 0.4, 0.7, 1.0}) {
        PhantomOptions options = quiet(seed, finding, 96);
        options.severity = severity;
        const Phantom phantom = render_phantom(options);
        EXPECT_GT(cv::sum(phantom.image)[0], cv::sum(milder.image)[0])
            << phantom.label << " " << seed << " " << severity;
        EXPECT_GT(cv::countNonZero(phantom.lesion_mask), cv::countNonZero(milder.lesion_mask))
            << phantom.label << " " << seed << " " << severity;
        EXPECT_EQ(cv::countNonZero(milder.lesion_mask & ~phantom.lesion_mask), 0)
            << phantom.label << " " << seed << " " << severity;
        milder = phantom;
      }
    }
  }
}

TEST(PhantomTest, NoiseGrowsWithItsOption) {
  double before = 0.0;
  for (const double noise : {0.25, 0.5, 1.0, 2.0, 4.0, 8.0}) {
    const double level = noise_level({.size = 128, .seed = 3, .noise = noise});
    EXPECT_GT(level, before) << noise;
    before = level;
  }
  EXPECT_EQ(noise_level(quiet(3)), 0.0);
}

TEST(PhantomTest, WeakNoiseIsProportional) {
  const double one = noise_level({.size = 256, .seed = 4, .noise = 0.5});
  const double two = noise_level({.size = 256, .seed = 4, .noise = 1.0});
  EXPECT_NEAR(two / one, 2.0, 0.05);
}

TEST(PhantomTest, MoreExposureIsDarker) {
  double before = 65536.0;
  for (const double exposure : {0.25, 0.5, 1.0, 2.0, 4.0}) {
    const double mean =
        cv::mean(render_phantom({.size = 128, .seed = 6, .exposure = exposure}).image)[0];
    EXPECT_LT(mean, before) << exposure;
    before = mean;
  }
}

TEST(PhantomTest, SizesShowTheSamePicture) {
  for (const Finding finding : {Finding::healthy, Finding::bacterial, Finding::covid19}) {
    const Phantom large = render_phantom(quiet(9, finding, 512));
    for (const int size : {128, 256}) {
      const Phantom small = render_phantom(quiet(9, finding, size));
      cv::Mat shrunk;
      cv::resize(large.image, shrunk, {size, size}, 0, 0, cv::INTER_AREA);
      const double difference =
          cv::norm(shrunk, small.image, cv::NORM_L1) / (65535.0 * size * size);
      EXPECT_LT(difference, 0.01) << large.label << " " << size;
      cv::Mat lungs;
      cv::resize(large.lung_mask, lungs, {size, size}, 0, 0, cv::INTER_AREA);
      EXPECT_GT(overlap(lungs > 127, small.lung_mask), 0.98) << large.label << " " << size;
    }
  }
}

}  // namespace
}  // namespace cxrnet::imaging
