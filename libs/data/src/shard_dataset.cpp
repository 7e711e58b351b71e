#include <algorithm>
#include <filesystem>
#include <set>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/data/shards.h"
#include "cxrnet/nn/labels.h"
#include "shard_format.h"
#include "text.h"

namespace cxrnet::data {
namespace {

using nlohmann::json;

struct ShardEntry {
  std::string file;
  std::size_t bytes, records;
  std::string fingerprint;
};

// dataset.json, checked for form.
struct DatasetDescription {
  std::size_t records, masks;
  std::map<std::string, int64_t> counts;
  nn::Preprocessing preprocessing;
  json provenance;
  std::vector<ShardEntry> shards;
};

json read_dataset_json(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    throw Error(ErrorCode::not_found,
                "data set: expected a folder of shards, got none; run prepare first");
  }
  if (!std::filesystem::exists(folder / kDatasetFile, error)) {
    throw_corrupt_shard("data set", kDatasetFile,
                        "a folder without it, perhaps of an interrupted run");
  }
  auto dataset = json::parse(read_file(folder / kDatasetFile), nullptr, /*allow_exceptions=*/false);
  if (!dataset.is_object()) throw_corrupt_shard(kDatasetFile, "a JSON object", "something else");
  return dataset;
}

ShardEntry parse_shard_entry(const json& entry, std::size_t number) {
  ShardEntry shard{entry.at("file").get<std::string>(), entry.at("bytes").get<std::size_t>(),
                   entry.at("records").get<std::size_t>(),
                   entry.at("fingerprint").get<std::string>()};
  if (shard.file != shard_file_name(number)) {
    throw_corrupt_shard(kDatasetFile, "the shard " + shard_file_name(number), "another name");
  }
  return shard;
}

DatasetDescription parse_description(const json& dataset) {
  try {
    if (dataset.at("schema").get<std::string>() != kShardSchema) {
      throw_corrupt_shard(kDatasetFile, "schema " + std::string(kShardSchema),
                          "'" + dataset.at("schema").get<std::string>() + "'");
    }
    DatasetDescription description{dataset.at("records").get<std::size_t>(),
                                   dataset.at("masks").get<std::size_t>(),
                                   dataset.at("counts").get<std::map<std::string, int64_t>>(),
                                   {},
                                   dataset.at("provenance"),
                                   {}};
    options_from_json(dataset.at("preprocessing"), description.preprocessing);
    for (const auto& entry : dataset.at("shards")) {
      description.shards.push_back(parse_shard_entry(entry, description.shards.size()));
    }
    return description;
  } catch (const json::exception&) {
    throw_corrupt_shard(kDatasetFile,
                        "schema, records, masks, counts, preprocessing, provenance and shards",
                        "others");
  } catch (const Error& error) {
    if (error.code() == ErrorCode::corrupt_shard) throw;
    throw Error(ErrorCode::corrupt_shard,
                std::string(kDatasetFile) + ", preprocessing: " + error.what());
  }
}

std::string read_shard(const std::filesystem::path& folder, const ShardEntry& shard) {
  const auto subject = "shard " + shard.file;
  std::string bytes;
  try {
    bytes = read_file(folder / shard.file, kMaxLargeFileBytes);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    throw_corrupt_shard(subject, "a file", "none");
  }
  if (bytes.size() != shard.bytes) {
    throw_corrupt_shard(subject, std::to_string(shard.bytes) + " bytes",
                        std::to_string(bytes.size()));
  }
  if (const auto fingerprint = fingerprint_of(bytes); fingerprint != shard.fingerprint) {
    throw_corrupt_shard(subject, "fingerprint " + shard.fingerprint, fingerprint);
  }
  return bytes;
}

void require_count(const std::string& what, int64_t expected, int64_t got) {
  if (expected == got) return;
  throw_corrupt_shard("data set", std::to_string(expected) + " " + what, std::to_string(got));
}

void check_totals(const DatasetDescription& description, const std::vector<Record>& records) {
  std::map<std::string, int64_t> counts;
  std::set<std::string_view> ids;
  int64_t masks = 0;
  for (const auto& record : records) {
    ++counts[record.label];
    ids.insert(record.id);
    masks += record.mask.empty() ? 0 : 1;
  }
  require_count("records", static_cast<int64_t>(description.records),
                static_cast<int64_t>(records.size()));
  require_count("different ids", static_cast<int64_t>(records.size()),
                static_cast<int64_t>(ids.size()));
  require_count("masks", static_cast<int64_t>(description.masks), masks);
  for (const auto label : nn::kLabels) {
    const auto expected = description.counts.find(std::string(label));
    require_count("records of " + std::string(label),
                  expected == description.counts.end() ? 0 : expected->second,
                  counts[std::string(label)]);
  }
}

}  // namespace

ShardDataset ShardDataset::open(const std::filesystem::path& folder) {
  auto description = parse_description(read_dataset_json(folder));
  ShardDataset dataset;
  Fingerprint fingerprint;
  for (const auto& shard : description.shards) {
    auto records = parse_shard(read_shard(folder, shard), shard.file);
    require_count("records in shard " + shard.file, static_cast<int64_t>(shard.records),
                  static_cast<int64_t>(records.size()));
    std::move(records.begin(), records.end(), std::back_inserter(dataset.records_));
    fingerprint.update(shard.fingerprint);
  }
  check_totals(description, dataset.records_);
  dataset.preprocessing_ = description.preprocessing;
  dataset.provenance_ = std::move(description.provenance);
  dataset.fingerprint_ = fingerprint.hex();
  return dataset;
}

std::vector<std::string> ShardDataset::labels() const {
  std::vector<std::string> labels;
  labels.reserve(records_.size());
  for (const auto& record : records_) labels.push_back(record.label);
  return labels;
}

std::vector<std::string> ShardDataset::groups() const {
  std::vector<std::string> groups;
  groups.reserve(records_.size());
  for (const auto& record : records_) groups.push_back(record.group);
  return groups;
}

std::vector<std::string> ShardDataset::cells(const std::string& column) const {
  std::vector<std::string> cells(records_.size());
  std::set<std::string> columns;
  bool found = false;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    for (const auto& [name, value] : records_[i].splits) columns.insert(shown(name));
    const auto split = records_[i].splits.find(column);
    if (split == records_[i].splits.end()) continue;
    cells[i] = split->second;
    found = true;
  }
  if (found) return cells;
  throw Error(ErrorCode::not_found, "split column: expected one of the data set's (" +
                                        join({columns.begin(), columns.end()}) + "), got " +
                                        in_quotes(column) + "; choose one of these");
}

std::vector<std::size_t> ShardDataset::select(const std::string& column,
                                              const std::string& side) const {
  const auto asked = side_of(side);
  std::vector<std::size_t> selected;
  std::set<std::string> sides;
  const auto all = cells(column);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto named = side_of(all[i]);
    if (named.empty()) continue;
    sides.insert(shown(named));
    if (named == asked) selected.push_back(i);
  }
  if (!selected.empty()) return selected;
  throw Error(ErrorCode::not_found, "split: expected a side of " + column + " (" +
                                        join({sides.begin(), sides.end()}) + "), got " +
                                        in_quotes(side) + "; choose one of these");
}

}  // namespace cxrnet::data
