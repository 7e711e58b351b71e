#include "shard_format.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "cxrnet/core/error.h"
#include "cxrnet/core/safetensors.h"
#include "cxrnet/nn/labels.h"

namespace cxrnet::data {
namespace {

using nlohmann::json;

constexpr const char* kShardFileSchema = "cxrnet.shard/1";

// Encoded bytes end to end, item i being bytes[offsets[i] … offsets[i + 1]).
struct PackedBytes {
  at::Tensor bytes;    // [total] u8
  at::Tensor offsets;  // [N + 1] i64
};

PackedBytes pack(const std::vector<Record>& records, std::string Record::*field) {
  const auto count = static_cast<int64_t>(records.size());
  auto offsets = at::zeros({count + 1}, at::TensorOptions().dtype(at::kLong));
  auto* offset = offsets.data_ptr<int64_t>();
  for (int64_t i = 0; i < count; ++i) {
    offset[i + 1] = offset[i] + static_cast<int64_t>((records[i].*field).size());
  }
  auto bytes = at::empty({offset[count]}, at::TensorOptions().dtype(at::kByte));
  auto* out = bytes.data_ptr<uint8_t>();
  for (const auto& record : records) {
    out = std::copy((record.*field).begin(), (record.*field).end(), out);
  }
  return {bytes, offsets};
}

class ShardReader {
 public:
  ShardReader(std::string_view bytes, const std::string& file) : subject_("shard " + file) {
    try {
      contents_ = parse_safetensors(bytes);
    } catch (const Error& error) {
      throw Error(ErrorCode::corrupt_shard, subject_ + ": " + error.what());
    }
  }

  std::vector<Record> records() const {
    auto records = described_records();
    unpack("image", records, &Record::image);
    unpack("mask", records, &Record::mask);
    for (const auto& record : records) {
      if (record.image.empty()) throw_corrupt_shard(subject_, "bytes for every image", "none");
    }
    return records;
  }

 private:
  std::vector<Record> described_records() const {
    const auto schema = contents_.metadata.find("schema");
    if (schema == contents_.metadata.end() || schema->second != kShardFileSchema) {
      throw_corrupt_shard(subject_, std::string("schema ") + kShardFileSchema, "another");
    }
    const auto text = contents_.metadata.find("records");
    if (text == contents_.metadata.end())
      throw_corrupt_shard(subject_, "a list of records", "none");
    std::vector<Record> records;
    try {
      for (const auto& entry : json::parse(text->second)) {
        records.push_back({entry.at("id").get<std::string>(), entry.at("label").get<std::string>(),
                           entry.at("group").get<std::string>(),
                           entry.at("source").get<std::string>(),
                           entry.at("splits").get<std::map<std::string, std::string>>(), "", ""});
      }
    } catch (const json::exception&) {
      throw_corrupt_shard(subject_, "records with id, label, group, source and splits",
                          "other ones");
    }
    for (const auto& record : records) {
      if (std::find(nn::kLabels.begin(), nn::kLabels.end(), record.label) == nn::kLabels.end()) {
        throw_corrupt_shard(subject_, "known labels", "'" + record.label + "'");
      }
    }
    return records;
  }

  at::Tensor tensor(const std::string& name, at::ScalarType type) const {
    const auto found = contents_.tensors.find(name);
    if (found == contents_.tensors.end() || found->second.scalar_type() != type ||
        found->second.dim() != 1) {
      throw_corrupt_shard(subject_, "a vector '" + name + "' of " + at::toString(type), "none");
    }
    return found->second;
  }

  void unpack(const std::string& name, std::vector<Record>& records,
              std::string Record::*field) const {
    const auto bytes = tensor(name + "s", at::kByte);
    const auto offsets = tensor(name + "_offsets", at::kLong);
    const auto count = static_cast<int64_t>(records.size());
    if (offsets.numel() != count + 1) {
      throw_corrupt_shard(subject_, std::to_string(count + 1) + " " + name + " offsets",
                          std::to_string(offsets.numel()));
    }
    const auto* offset = offsets.data_ptr<int64_t>();
    const bool ordered = std::is_sorted(offset, offset + count + 1);
    if (!ordered || offset[0] != 0 || offset[count] != bytes.numel()) {
      throw_corrupt_shard(subject_,
                          name + " offsets that rise from 0 to " + std::to_string(bytes.numel()),
                          "other ones");
    }
    const auto* data = reinterpret_cast<const char*>(bytes.data_ptr<uint8_t>());
    for (int64_t i = 0; i < count; ++i) {
      (records[i].*field).assign(data + offset[i], data + offset[i + 1]);
    }
  }

  std::string subject_;
  Safetensors contents_;
};

}  // namespace

void throw_corrupt_shard(const std::string& subject, const std::string& expected,
                         const std::string& got) {
  throw Error(ErrorCode::corrupt_shard, subject + ": expected " + expected + ", got " + got +
                                            "; run prepare again to remake the data set");
}

std::string to_text(const json& value, int indent) {
  try {
    return value.dump(indent);
  } catch (const json::exception&) {
    throw Error(ErrorCode::invalid_option,
                "data set: expected ids, groups, sources and provenance in UTF-8, got other bytes; "
                "convert them");
  }
}

std::string shard_file_name(std::size_t number) {
  const auto digits = std::to_string(number);
  return std::string(kShardPrefix) + std::string(5 - std::min<std::size_t>(digits.size(), 5), '0') +
         digits + std::string(kShardSuffix);
}

std::string format_shard(const std::vector<Record>& records) {
  json descriptions = json::array();
  for (const auto& record : records) {
    descriptions.push_back({{"id", record.id},
                            {"label", record.label},
                            {"group", record.group},
                            {"source", record.source},
                            {"splits", record.splits}});
  }
  const auto images = pack(records, &Record::image);
  const auto masks = pack(records, &Record::mask);
  Safetensors contents;
  contents.tensors = {{"images", images.bytes},
                      {"image_offsets", images.offsets},
                      {"masks", masks.bytes},
                      {"mask_offsets", masks.offsets}};
  contents.metadata = {{"schema", kShardFileSchema}, {"records", to_text(descriptions)}};
  return format_safetensors(contents);
}

std::vector<Record> parse_shard(std::string_view bytes, const std::string& file) {
  return ShardReader(bytes, file).records();
}

}  // namespace cxrnet::data
