// Asserts that a call throws Error with this code and a message that holds `part`.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "cxrnet/core/error.h"

namespace cxrnet::data {

template <class Call>
void expect_error(ErrorCode code, const std::string& part, Call&& call) {
  try {
    call();
    ADD_FAILURE() << "expected Error{" << reason_code(code) << "} with '" << part
                  << "', nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(reason_code(error.code()), reason_code(code)) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
        << "'" << part << "' is not in '" << error.what() << "'";
  }
}

}  // namespace cxrnet::data
