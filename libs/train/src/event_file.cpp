#include "cxrnet/train/event_file.h"

#include <array>
#include <bit>
#include <chrono>

#include "cxrnet/core/error.h"

namespace cxrnet::train {
namespace {

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1U) != 0 ? 0x82F63B78U : 0U);
    table[i] = value;
  }
  return table;
}

template <typename Integer>
void append_little_endian(std::string& bytes, Integer value) {
  for (std::size_t i = 0; i < sizeof(value); ++i)
    bytes.push_back(static_cast<char>(value >> (8 * i)));
}

uint32_t masked_crc(std::string_view bytes) {
  const uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U;
}

// Protocol buffer wire types.
constexpr uint32_t kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5;

void append_varint(std::string& message, uint64_t value) {
  while (value >= 0x80) {
    message.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  message.push_back(static_cast<char>(value));
}

void append_tag(std::string& message, uint32_t field, uint32_t wire_type) {
  append_varint(message, field << 3 | wire_type);
}

void append_bytes(std::string& message, uint32_t field, std::string_view bytes) {
  append_tag(message, field, kLengthDelimited);
  append_varint(message, bytes.size());
  message.append(bytes);
}

double seconds_since_epoch() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string begin_event() {  // Event.wall_time = 1
  std::string event;
  append_tag(event, 1, kFixed64);
  append_little_endian(event, std::bit_cast<uint64_t>(seconds_since_epoch()));
  return event;
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static constexpr auto kTable = make_crc_table();
  uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes)
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU];
  return ~crc;
}

EventFile::EventFile(const std::filesystem::path& folder) {
  const auto name = "events.out.tfevents." +
                    std::to_string(static_cast<int64_t>(seconds_since_epoch())) + ".cxrnet";
  file_.open(folder / name, std::ios::binary | std::ios::app);
  if (!file_) {
    throw Error(ErrorCode::write_failed,
                "event file: expected a writable folder, got none; choose another with --out");
  }
  std::string event = begin_event();
  append_bytes(event, 3, "brain.Event:2");  // Event.file_version = 3
  write_record(event);
}

void EventFile::add_scalar(std::string_view tag, double value, int64_t step) {
  std::string point;  // Summary.Value
  append_bytes(point, 1, tag);
  append_tag(point, 2, kFixed32);  // simple_value
  append_little_endian(point, std::bit_cast<uint32_t>(static_cast<float>(value)));
  std::string summary;
  append_bytes(summary, 1, point);

  std::string event = begin_event();
  append_tag(event, 2, kVarint);  // Event.step
  append_varint(event, static_cast<uint64_t>(step));
  append_bytes(event, 5, summary);
  write_record(event);
}

void EventFile::write_record(std::string_view payload) {
  std::string length;
  append_little_endian(length, static_cast<uint64_t>(payload.size()));
  std::string record = length;
  append_little_endian(record, masked_crc(length));
  record.append(payload);
  append_little_endian(record, masked_crc(payload));
  file_.write(record.data(), static_cast<std::streamsize>(record.size()));
  file_.flush();
}

}  // namespace cxrnet::train
