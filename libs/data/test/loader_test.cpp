#include "cxrnet/data/loader.h"

#include <ATen/Functions.h>
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>
#include <torch/version.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "cxrnet/data/image_codec.h"
#include "cxrnet/data/manifest.h"
#include "expect_error.h"
#include "synthetic_dataset.h"
#include "temporary_folder.h"

namespace cxrnet::data {
namespace {

constexpr std::size_t kRecords = 22;

class LoaderTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    write_synthetic_dataset(folder_->path(), kRecords);
    dataset_ = std::make_unique<ShardDataset>(ShardDataset::open(folder_->path()));
  }
  static void TearDownTestSuite() {
    dataset_.reset();
    folder_.reset();
  }

  static const ShardDataset& dataset() { return *dataset_; }
  static std::vector<std::size_t> all() {
    std::vector<std::size_t> indices(kRecords);
    std::iota(indices.begin(), indices.end(), std::size_t{0});
    return indices;
  }
  static Loader make(LoaderOptions options) { return Loader(dataset(), all(), std::move(options)); }

 private:
  static inline std::unique_ptr<TemporaryFolder> folder_;
  static inline std::unique_ptr<ShardDataset> dataset_;
};

LoaderOptions evaluation() {
  LoaderOptions options;
  options.batch_size = 4;
  options.workers = 1;
  return options;
}

LoaderOptions training(int64_t workers) {
  LoaderOptions options = evaluation();
  options.workers = workers;
  options.shuffle = options.masks = true;
  options.augment = AugmentationOptions{};
  options.augment->erase_probability = 0.5;
  options.augment->mixup_alpha = 0.3;
  options.seed = 17;
  return options;
}

std::vector<Batch> run_epoch(Loader& loader, int64_t epoch, int64_t first_batch = 0) {
  std::vector<Batch> batches;
  loader.start_epoch(epoch, first_batch);
  while (auto batch = loader.next()) batches.push_back(std::move(*batch));
  return batches;
}

void expect_same(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    SCOPED_TRACE("batch " + std::to_string(i));
    EXPECT_EQ(a[i].number, b[i].number);
    EXPECT_EQ(a[i].indices, b[i].indices);
    EXPECT_TRUE(at::equal(a[i].image, b[i].image));
    EXPECT_TRUE(at::equal(a[i].target, b[i].target));
    ASSERT_EQ(a[i].mask.defined(), b[i].mask.defined());
    if (a[i].mask.defined()) {
      EXPECT_TRUE(at::equal(a[i].mask, b[i].mask));
    }
  }
}

TEST_F(LoaderTest, EvaluationDeliversRecordsAsStoredInOrder) {
  auto options = evaluation();
  options.masks = true;
  auto loader = Loader(dataset(), {20, 3, 4, 9, 2, 21}, options);
  EXPECT_EQ(loader.batches_per_epoch(), 2);
  const auto batches = run_epoch(loader, 0);
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].indices, (std::vector<std::size_t>{20, 3, 4, 9}));
  EXPECT_EQ(batches[1].indices, (std::vector<std::size_t>{2, 21}));
  EXPECT_EQ(batches[1].number, 1);
  const auto& batch = batches[0];
  ASSERT_EQ(batch.image.sizes(), (std::vector<int64_t>{4, 1, kSyntheticSize, kSyntheticSize}));
  for (int64_t row = 0; row < 4; ++row) {
    const std::size_t index = batch.indices[static_cast<std::size_t>(row)];
    for (const auto& [x, y] :
         {std::pair{0, 0}, std::pair{63, 0}, std::pair{15, 40}, std::pair{16, 63}}) {
      EXPECT_NEAR(batch.image[row][0][y][x].item<double>(), synthetic_pixel(index, x, y) / 255.0,
                  1e-6);
      EXPECT_EQ(batch.mask[row][0][y][x].item<double>(), synthetic_mask(x) ? 1.0 : 0.0);
    }
    for (int64_t label = 0; label < 4; ++label) {
      EXPECT_EQ(batch.target[row][label].item<double>(),
                static_cast<std::size_t>(label) == index % 4 ? 1.0 : 0.0);
    }
  }
}

TEST_F(LoaderTest, DropLastLeavesOutTheIncompleteBatch) {
  auto options = evaluation();
  options.drop_last = true;
  auto loader = make(options);
  EXPECT_EQ(loader.batches_per_epoch(), 5);  // 22 / 4
  EXPECT_EQ(run_epoch(loader, 0).size(), 5u);
}

TEST_F(LoaderTest, BatchesDoNotDependOnTheNumberOfWorkers) {
  for (const bool balanced : {false, true}) {
    SCOPED_TRACE(balanced ? "balanced" : "shuffled");
    auto options = training(0);
    options.balanced = balanced;
    auto reference = make(options);
    const auto first = run_epoch(reference, 0);
    const auto second = run_epoch(reference, 1);
    EXPECT_NE(first[0].indices, second[0].indices);
    for (const int64_t workers : {1, 4}) {
      SCOPED_TRACE(std::to_string(workers) + " workers");
      options.workers = workers;
      options.prefetch = workers == 4 ? 1 : 8;
      auto loader = make(options);
      expect_same(run_epoch(loader, 0), first);
      expect_same(run_epoch(loader, 1), second);
    }
  }
}

TEST_F(LoaderTest, AugmentationFollowsTheSampleNotItsPlace) {
  auto options = training(0);
  options.shuffle = false;
  options.augment->mixup_alpha = 0.0;
  auto forwards = Loader(dataset(), {5, 6, 7, 8}, options);
  auto backwards = Loader(dataset(), {8, 7, 6, 5}, options);
  const auto a = run_epoch(forwards, 3), b = run_epoch(backwards, 3),
             other_epoch = run_epoch(forwards, 4);
  EXPECT_TRUE(at::equal(a[0].image, b[0].image.flip({0})));
  EXPECT_FALSE(at::equal(a[0].image, other_epoch[0].image));
}

// What is blank has no label and shows no lungs: its target is uniform, the others' are smoothed as
// asked.
TEST_F(LoaderTest, BlankSamplesGetTheUniformTarget) {
  auto options = training(0);
  options.label_smoothing = 0.2;
  options.augment = AugmentationOptions{};
  options.augment->removal_probability = 1.0;
  options.masks = true;
  for (const double everything : {0.0, 1.0}) {
    options.augment->removal_everything = everything;
    auto loader = make(options);
    loader.start_epoch(0);
    const auto batch = loader.next();
    const auto target = batch->target;
    EXPECT_EQ(batch->mask.sum().item<double>() == 0.0, everything == 1.0);
    EXPECT_TRUE(at::allclose(target.sum(1), at::ones({target.size(0)})));
    EXPECT_NEAR(target.max().item<double>(), everything == 1.0 ? 0.25 : 0.85, 1e-6);
  }
}

TEST_F(LoaderTest, RepeatedSamplesDifferFromEachOther) {
  auto options = training(0);
  options.shuffle = false;
  options.augment->mixup_alpha = 0.0;
  auto loader = Loader(dataset(), {5, 5}, options);
  const auto batches = run_epoch(loader, 0);
  EXPECT_FALSE(at::equal(batches[0].image[0], batches[0].image[1]));
}

TEST_F(LoaderTest, ResumesInsideAnEpochWithTheSameSequence) {
  auto whole = make(training(2));
  auto expected = run_epoch(whole, 5);
  expected.erase(expected.begin(), expected.begin() + 3);
  auto resumed = make(training(2));
  expect_same(run_epoch(resumed, 5, 3), expected);
  EXPECT_TRUE(run_epoch(resumed, 5, 6).empty());
}

TEST_F(LoaderTest, ANewEpochDropsTheOldOne) {
  auto reference = make(training(0));
  const auto expected = run_epoch(reference, 1);
  auto loader = make(training(3));
  for (int i = 0; i < 5; ++i) {
    loader.start_epoch(0);
    if (i % 2 == 1) {
      EXPECT_TRUE(loader.next().has_value());
    }
  }
  expect_same(run_epoch(loader, 1), expected);
}

TEST_F(LoaderTest, BalancedEpochsSeeEachLabelEquallyOften) {
  auto options = evaluation();
  options.balanced = true;
  // 16 healthy or bacterial, 2 viral, 2 covid19
  std::vector<std::size_t> indices{2, 3, 6, 7};
  for (int repeat = 0; repeat < 2; ++repeat)
    indices.insert(indices.end(), {0, 1, 4, 5, 8, 9, 12, 13});
  auto loader = Loader(dataset(), indices, options);
  at::Tensor total = at::zeros({4});
  for (const auto& batch : run_epoch(loader, 0)) total += batch.target.sum(0);
  EXPECT_TRUE(at::equal(total, at::full({4}, 5.0f)));
}

TEST_F(LoaderTest, LabelSmoothingSpreadsOverAllLabels) {
  auto options = evaluation();
  options.label_smoothing = 0.2;
  auto loader = make(options);
  const auto target = run_epoch(loader, 0)[0].target;
  EXPECT_NEAR(target[1][1].item<double>(), 0.85, 1e-6);  // 1 − 0.2 + 0.2 / 4
  EXPECT_NEAR(target[1][0].item<double>(), 0.05, 1e-6);
}

TEST(LoaderResize, FiltersOnTheWayDown) {
  // Stripes of one pixel: without a low-pass filter, halving would keep black or white alone.
  const TemporaryFolder folder;
  ShardWriter writer(folder.path(), synthetic_description());
  auto record = synthetic_record(0);
  record.image =
      encode_png(kSyntheticSize, [](int64_t x, int64_t) { return x % 2 == 0 ? 0 : 200; });
  writer.add(record);
  writer.finish();
  const auto dataset = ShardDataset::open(folder.path());
  auto options = evaluation();
  options.masks = true;
  options.image_size = 32;
  Loader down(dataset, {0}, options);
  const auto small = run_epoch(down, 0)[0];
  ASSERT_EQ(small.image.sizes(), (std::vector<int64_t>{1, 1, 32, 32}));
  const auto inner = small.image.narrow(3, 2, 28);
  EXPECT_NEAR(inner.min().item<double>(), 100.0 / 255.0, 0.02);
  EXPECT_NEAR(inner.max().item<double>(), 100.0 / 255.0, 0.02);
  EXPECT_EQ(small.mask.sum().item<double>(), 16.0 * 32.0);  // still half of the image, still binary
  options.image_size = 128;
  Loader up(dataset, {0}, options);
  EXPECT_EQ(run_epoch(up, 0)[0].image.size(3), 128);
}

ShardDataset dataset_with_damage(const TemporaryFolder& folder, std::size_t damaged,
                                 const std::string& image) {
  ShardWriter writer(folder.path(), synthetic_description());
  for (std::size_t i = 0; i < 12; ++i) {
    auto record = synthetic_record(i);
    if (i == damaged) record.image = image;
    writer.add(record);
  }
  writer.finish();
  return ShardDataset::open(folder.path());
}

TEST(LoaderErrors, ReachTheCallerInOrderAndEndTheEpoch) {
  const TemporaryFolder damaged_folder, small_folder;
  const auto damaged = dataset_with_damage(damaged_folder, 6, "not an image");
  const auto small =
      dataset_with_damage(small_folder, 6, encode_png(32, [](int64_t, int64_t) { return 9; }));
  const std::pair<const ShardDataset*, const char*> rows[] = {
      {&damaged, "record 6, image: expected JPEG or PNG bytes, got another kind"},
      {&small, "record 6, image: expected 64 x 64 pixels, got 32 x 32"}};
  for (const auto& [dataset, message] : rows) {
    for (const int64_t workers : {0, 1, 3}) {
      SCOPED_TRACE(std::string(message) + ", workers " + std::to_string(workers));
      auto options = evaluation();
      options.workers = workers;
      Loader loader(*dataset, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, options);
      loader.start_epoch(0);
      EXPECT_TRUE(loader.next().has_value());
      expect_error(ErrorCode::corrupt_shard, message, [&] { loader.next(); });
      EXPECT_FALSE(loader.next().has_value());
      loader.start_epoch(0, 2);
      EXPECT_TRUE(loader.next().has_value());
    }
  }
}

TEST_F(LoaderTest, StopsCleanlyAtAnyMoment) {
  for (int taken = 0; taken < 7; ++taken) {
    auto loader = make(training(4));
    loader.start_epoch(taken);
    for (int i = 0; i < std::min(taken, 6); ++i) EXPECT_TRUE(loader.next().has_value());
  }
  auto unused = make(training(4));
  EXPECT_FALSE(unused.next().has_value());
}

TEST_F(LoaderTest, CountsTheTimeTheCallerWaits) {
  auto loader = make(training(0));
  loader.start_epoch(0);
  EXPECT_EQ(loader.wait_seconds(), 0.0);
  loader.next();
  const double after_one = loader.wait_seconds();
  EXPECT_GT(after_one, 0.0);
  loader.next();
  EXPECT_GT(loader.wait_seconds(), after_one);
  loader.start_epoch(1);
  EXPECT_EQ(loader.wait_seconds(), 0.0);
}

class Autocast {
 public:
  Autocast() { set(true); }
  ~Autocast() { set(false); }

 private:
  static void set(bool enabled) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    at::autocast::set_autocast_enabled(at::kCPU, enabled);
#else
    at::autocast::set_cpu_enabled(enabled);
#endif
  }
};

TEST_F(LoaderTest, IgnoresTheCallersAutocastAndGradMode) {
  auto plain = make(training(0));
  const auto expected = run_epoch(plain, 0);
  auto loader = make(training(0));
  const Autocast autocast;
  const auto batches = run_epoch(loader, 0);
  expect_same(batches, expected);
  EXPECT_TRUE(c10::GradMode::is_enabled());
  EXPECT_FALSE(batches[0].image.is_inference());  // could not be saved for backward
  EXPECT_FALSE(batches[0].image.requires_grad());
}

struct BadOptions {
  const char* name;
  std::function<void(LoaderOptions&)> edit;
  const char* message;
};

TEST_F(LoaderTest, RefusesBadOptions) {
  const BadOptions rows[] = {
      {"batch size", [](auto& o) { o.batch_size = 0; },
       "loader batch size: expected at least 1, got 0"},
      {"image size", [](auto& o) { o.image_size = -1; }, "loader image size: expected at least 0"},
      {"workers", [](auto& o) { o.workers = -1; }, "loader workers: expected at least 0"},
      {"prefetch", [](auto& o) { o.prefetch = 0; }, "loader prefetch: expected at least 1"},
      {"smoothing", [](auto& o) { o.label_smoothing = 1.0; },
       "loader label smoothing: expected 0 to below 1"},
      {"augmentation", [](auto& o) { o.augment = AugmentationOptions{.scale = 5.0}; },
       "augment-scale"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    auto options = evaluation();
    row.edit(options);
    expect_error(ErrorCode::invalid_option, row.message, [&] { make(options); });
  }
}

TEST_F(LoaderTest, RefusesBadIndicesAndEpochs) {
  expect_error(ErrorCode::invalid_option, "at least one sample",
               [&] { Loader(dataset(), {}, evaluation()); });
  expect_error(ErrorCode::invalid_option, "expected less than 22, got 22",
               [&] { Loader(dataset(), {22}, evaluation()); });
  auto loader = make(evaluation());
  expect_error(ErrorCode::invalid_option, "got -1 and 0", [&] { loader.start_epoch(-1); });
  expect_error(ErrorCode::invalid_option, "got 0 and -2", [&] { loader.start_epoch(0, -2); });
}

TEST(LoaderErrors, MasksAreRequiredWhereAskedFor) {
  const TemporaryFolder folder;
  ShardWriter writer(folder.path(), synthetic_description());
  auto record = synthetic_record(0);
  record.mask.clear();
  writer.add(record);
  writer.finish();
  const auto dataset = ShardDataset::open(folder.path());
  auto options = evaluation();
  options.masks = true;
  expect_error(ErrorCode::invalid_option, "got none for record 0",
               [&] { Loader(dataset, {0}, options); });
}

}  // namespace
}  // namespace cxrnet::data
