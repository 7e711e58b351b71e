#include "cxrnet/core/interruption.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>

#include "error_matchers.h"

namespace cxrnet {
namespace {

// A stop is for good: each test has a process of its own.

[[noreturn]] void end_with(bool as_expected) { ::_exit(as_expected ? 0 : 1); }

TEST(InterruptionDeathTest, WorkGivesAndThrowsAsItWould) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        allow_interruption();
        const auto caller = std::this_thread::get_id();
        const bool elsewhere =
            interruptibly([caller] { return std::this_thread::get_id() != caller; });
        const auto refused = caught([] {
          interruptibly([]() -> int { throw Error(ErrorCode::not_found, "file: none"); });
        });
        end_with(elsewhere && refused.code == ErrorCode::not_found);
      },
      testing::ExitedWithCode(0), "");
}

TEST(InterruptionDeathTest, WithoutAProgramThatAllowsItWorkIsDoneHere) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        request_stop();
        const auto caller = std::this_thread::get_id();
        end_with(interruptibly([caller] { return std::this_thread::get_id() == caller; }));
      },
      testing::ExitedWithCode(0), "");
}

TEST(InterruptionDeathTest, ARequestEndsAWaitThatNeverEnds) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        allow_interruption();
        static std::promise<void> begun;
        std::thread([] {
          begun.get_future().wait();
          request_stop();
        }).detach();
        const auto error = caught([] {
          interruptibly([] {
            begun.set_value();
            ::pause();
            return 0;
          });
        });
        end_with(error.code == ErrorCode::interrupted && stop_requested());
      },
      testing::ExitedWithCode(0), "");
}

TEST(InterruptionDeathTest, WhatIsQuickIsDoneAfterARequestToo) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        allow_interruption();
        request_stop();
        end_with(interruptibly([] { return std::string("done"); }) == "done");
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace cxrnet
