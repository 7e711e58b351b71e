#include "cxrnet/train/run_log.h"

#include <gtest/gtest.h>

#include "cxrnet/core/files.h"
#include "error_matchers.h"
#include "temporary_folder.h"

namespace cxrnet::train {
namespace {

TEST(ParseEpochs, ReadsWhatARunWrote) {
  const TemporaryFolder folder;
  RunLog log(folder.path(), 0);
  EpochReport first{.epoch = 1, .training_loss = 1.25, .seconds = 60.5, .is_best = true};
  first.figures = {{"accuracy", 0.5}, {"loss", 1.5}};
  EpochReport second{.epoch = 2, .training_loss = 0.75, .seconds = 30.0, .is_best = false};
  second.figures = {{"accuracy", 0.25}, {"loss", 2.0}};
  log.add_epoch(first);
  log.add_epoch(second);
  const auto epochs = parse_epochs(read_file(folder.path() / "epochs.csv"));
  ASSERT_EQ(epochs.size(), 2U);
  for (const auto& [expected, actual] :
       {std::pair(first, epochs[0]), std::pair(second, epochs[1])}) {
    EXPECT_EQ(actual.epoch, expected.epoch);
    EXPECT_EQ(actual.training_loss, expected.training_loss);
    EXPECT_EQ(actual.seconds, expected.seconds);
    EXPECT_EQ(actual.is_best, expected.is_best);
    EXPECT_EQ(actual.figures, expected.figures);
  }
}

TEST(ParseEpochs, RefusesWhatIsNoLog) {
  const std::string header = "epoch,training_loss,seconds,is_best\n";
  for (const auto& text : {std::string(), std::string("a,b\n1,2\n"), header + "1,0.5,60\n",
                           header + "1,much,60,1\n", header + "1,,60,1\n"}) {
    EXPECT_EQ(caught([&] { parse_epochs(text); }).code, ErrorCode::invalid_option) << text;
  }
}

}  // namespace
}  // namespace cxrnet::train
