// What one shard file holds, between its writer and its reader.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cxrnet/core/fingerprint.h"
#include "cxrnet/data/shards.h"

namespace cxrnet::data {

inline constexpr const char* kDatasetFile = "dataset.json";
inline constexpr std::string_view kShardPrefix = "shard-";
inline constexpr std::string_view kShardSuffix = ".safetensors";

[[noreturn]] void throw_corrupt_shard(const std::string& subject, const std::string& expected,
                                      const std::string& got);

/// The text of `value`. Errors: invalid_option when a string is no UTF-8, which JSON cannot hold.
std::string to_text(const nlohmann::json& value, int indent = -1);

/// "shard-00007.safetensors"
std::string shard_file_name(std::size_t number);

/// The bytes of a shard file.
std::string format_shard(const std::vector<Record>& records);

/// The records of a shard file. Errors: corrupt_shard, naming `file`.
std::vector<Record> parse_shard(std::string_view bytes, const std::string& file);

}  // namespace cxrnet::data
