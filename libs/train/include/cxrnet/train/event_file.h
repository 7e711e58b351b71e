// TensorBoard event files: TFRecord frames around `Event` protocol buffers, written without
// TensorFlow. Source: tensorflow/core/util/event.proto and tensorflow/core/lib/io/record_writer.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace cxrnet::train {

class EventFile {
 public:
  /// Creates `events.out.tfevents.<seconds>.cxrnet` in `folder`. Errors: write_failed.
  explicit EventFile(const std::filesystem::path& folder);

  /// One point of the curve `tag`; flushed at once, so that TensorBoard follows a running training.
  void add_scalar(std::string_view tag, double value, int64_t step);

 private:
  void write_record(std::string_view payload);

  std::ofstream file_;
};

/// CRC-32C (Castagnoli), as the frames need it.
uint32_t crc32c(std::string_view bytes);

}  // namespace cxrnet::train
