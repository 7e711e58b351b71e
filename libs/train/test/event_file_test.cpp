#include "cxrnet/train/event_file.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <vector>

#include "cxrnet/core/files.h"
#include "temporary_folder.h"

namespace cxrnet::train {
namespace {

TEST(Crc32cTest, HasTheKnownCheckValues) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);            // RFC 3720, B.4 and the CRC catalogue
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43U);
}

uint32_t little_endian_32(std::string_view bytes) {
  uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return value;
}

// Record payloads, each frame's checksums checked as TensorFlow's reader does.
std::vector<std::string> read_records(std::string_view bytes) {
  const auto unmask = [](uint32_t masked) {
    const uint32_t rotated = masked - 0xA282EAD8U;
    return rotated >> 17 | rotated << 15;
  };
  std::vector<std::string> payloads;
  while (bytes.size() >= 12) {
    const auto length = little_endian_32(bytes);
    EXPECT_EQ(unmask(little_endian_32(bytes.substr(8))), crc32c(bytes.substr(0, 8)));
    const auto payload = bytes.substr(12, length);
    EXPECT_EQ(unmask(little_endian_32(bytes.substr(12 + length))), crc32c(payload));
    payloads.emplace_back(payload);
    bytes.remove_prefix(16 + length);
  }
  EXPECT_TRUE(bytes.empty());
  return payloads;
}

TEST(EventFileTest, WritesWhatTensorBoardReads) {
  const TemporaryFolder folder;
  {
    EventFile events(folder.path());
    events.add_scalar("loss", 0.25, 300);
  }
  const auto names = folder.names();
  ASSERT_EQ(names.size(), 1U);
  EXPECT_EQ(names.begin()->rfind("events.out.tfevents.", 0), 0U);
  const auto records = read_records(read_file(folder.path() / *names.begin()));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].substr(9),
            "\x1a\x0d"
            "brain.Event:2");  // field 3, 13 bytes
  // step (field 2) = 300 = 0xAC 0x02; summary (5) { value (1) { tag (1) "loss", simple_value (2)
  // 0.25f } }
  constexpr std::string_view kExpected(
      "\x10\xac\x02\x2a\x0d\x0a\x0b\x0a\x04loss\x15\x00\x00\x80\x3e", 18);
  EXPECT_EQ(records[1].substr(9), kExpected);
}

}  // namespace
}  // namespace cxrnet::train
