#include "cxrnet/core/error.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

namespace cxrnet {
namespace {

struct Row {
  const char* name;
  std::function<void()> fail;
  ErrorCode code;
  const char* message;  // its beginning
};

class CurrentErrorTest : public testing::TestWithParam<Row> {};

TEST_P(CurrentErrorTest, TellsWhatWasThrown) {
  try {
    GetParam().fail();
    FAIL() << "nothing was thrown";
  } catch (...) {
    const Error error = current_error();
    EXPECT_EQ(reason_code(error.code()), reason_code(GetParam().code)) << error.what();
    EXPECT_EQ(std::string(error.what()).rfind(GetParam().message, 0), 0U) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
  }
}

constexpr int64_t kMoreThanThereIs = int64_t{1} << 47U;  // numbers

INSTANTIATE_TEST_SUITE_P(
    All, CurrentErrorTest,
    testing::Values(
        Row{"Own", [] { throw Error(ErrorCode::no_lungs, "image: expected lungs"); },
            ErrorCode::no_lungs, "image: expected lungs"},
        Row{"Memory", [] { throw std::bad_alloc(); }, ErrorCode::out_of_memory,
            "memory: expected enough, got none; use smaller images"},
        Row{"MemoryForLibtorch", [] { at::empty({kMoreThanThereIs}); }, ErrorCode::out_of_memory,
            "memory: expected enough"},
        Row{"Threads",
            [] {
              throw std::system_error(
                  std::make_error_code(std::errc::resource_unavailable_try_again));
            },
            ErrorCode::out_of_memory, "memory: expected enough"},
        Row{"System", [] { throw std::system_error(std::make_error_code(std::errc::io_error)); },
            ErrorCode::internal, "Input/output error"},
        Row{"Library", [] { throw std::runtime_error("bad things\nframe #0: main"); },
            ErrorCode::internal, "bad things"},
        Row{"Unknown", [] { throw 1; }, ErrorCode::internal, "unknown failure; please report it"}),
    [](const auto& row) { return std::string(row.param.name); });

struct ConcernRow {
  ErrorCode code;
  Concern concern;
};

TEST(ConcernOf, IsTheOnePolicy) {
  const ConcernRow rows[] = {
      {ErrorCode::corrupt_image, Concern::input},  {ErrorCode::not_found, Concern::input},
      {ErrorCode::unreadable, Concern::input},     {ErrorCode::image_too_large, Concern::input},
      {ErrorCode::file_too_large, Concern::input}, {ErrorCode::no_lungs, Concern::input},
      {ErrorCode::corrupt_model, Concern::input},  {ErrorCode::patient_leak, Concern::input},
      {ErrorCode::out_of_memory, Concern::input},  {ErrorCode::diverged, Concern::input},
      {ErrorCode::invalid_option, Concern::run},   {ErrorCode::disk_full, Concern::run},
      {ErrorCode::write_failed, Concern::run},     {ErrorCode::output_exists, Concern::run},
      {ErrorCode::interrupted, Concern::run},      {ErrorCode::internal, Concern::program},
  };
  for (const auto& row : rows)
    EXPECT_EQ(concern_of(row.code), row.concern) << reason_code(row.code);
}

TEST(ReasonCode, IsPartOfTheContract) {
  EXPECT_EQ(reason_code(ErrorCode::invalid_option), "invalid_option");
  EXPECT_EQ(reason_code(ErrorCode::unsupported_transfer_syntax), "unsupported_transfer_syntax");
  EXPECT_EQ(reason_code(ErrorCode::disk_full), "disk_full");
  EXPECT_EQ(reason_code(ErrorCode::image_too_large), "image_too_large");
  EXPECT_EQ(reason_code(ErrorCode::file_too_large), "file_too_large");
  EXPECT_EQ(reason_code(ErrorCode::out_of_memory), "out_of_memory");
}

}  // namespace
}  // namespace cxrnet
