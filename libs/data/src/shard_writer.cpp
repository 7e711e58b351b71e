#include <filesystem>
#include <utility>

#include "cxrnet/core/error.h"
#include "cxrnet/data/shards.h"
#include "cxrnet/nn/labels.h"
#include "shard_format.h"

namespace cxrnet::data {
namespace {

bool is_shard_file(const std::filesystem::path& path) {
  const auto name = path.filename().string();
  return name.starts_with(kShardPrefix) && name.ends_with(kShardSuffix);
}

// Shards that an interrupted run wrote; those of another origin are in the way.
void remove_leftovers(const OutputFolder& folder, Replace replace) {
  const auto record = folder.record();
  std::vector<std::filesystem::path> leftovers;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (is_shard_file(entry.path()) &&
        (replace == Replace::all_files || record.wrote(entry.path())))
      leftovers.push_back(entry.path());
  }
  for (const auto& path : leftovers) std::filesystem::remove(path);
}

void prepare_folder(const OutputFolder& folder, Replace replace) {
  try {
    const auto finished = folder.path() / kDatasetFile;
    if (replace == Replace::all_files) std::filesystem::remove(finished);
    if (std::filesystem::exists(finished)) {
      throw Error(ErrorCode::output_exists,
                  "data set: expected a folder without one, got a finished data set; remove it or "
                  "choose another folder");
    }
    remove_leftovers(folder, replace);
  } catch (const std::filesystem::filesystem_error& error) {
    throw Error(ErrorCode::write_failed, "data set: expected a writable folder, got '" +
                                             error.code().message() + "'; choose another");
  }
}

void require_description(const nlohmann::json& description) {
  for (const char* key : {"preprocessing", "provenance"}) {
    if (description.is_object() && description.contains(key) && description[key].is_object())
      continue;
    throw Error(ErrorCode::invalid_option,
                std::string("data set description: expected the object '") + key +
                    "', got none; state what was done to the images");
  }
  nn::Preprocessing preprocessing;
  options_from_json(description.at("preprocessing"), preprocessing);
}

}  // namespace

ShardWriter::ShardWriter(std::filesystem::path folder, nlohmann::json description,
                         std::size_t shard_bytes, Replace replace)
    : folder_(std::move(folder), replace),
      description_(std::move(description)),
      shard_bytes_(shard_bytes) {
  require_description(description_);
  prepare_folder(folder_, replace);
  for (const auto label : nn::kLabels) counts_[std::string(label)] = 0;
}

void ShardWriter::add(Record record) {
  nn::label_index(record.label);  // refuses unknown labels
  if (record.image.empty()) {
    throw Error(ErrorCode::invalid_option,
                "record: expected encoded image bytes, got none; encode the image first");
  }
  if (!ids_.emplace(record.id, !record.mask.empty()).second) {
    throw Error(ErrorCode::invalid_option,
                "record: expected an id that is new, got one given before; rename one");
  }
  ++counts_[record.label];
  pending_bytes_ += record.image.size() + record.mask.size();
  pending_.push_back(std::move(record));
  if (pending_bytes_ >= shard_bytes_) write_shard();
}

void ShardWriter::write_shard() {
  const auto file = shard_file_name(shards_.size());
  const auto bytes = format_shard(pending_);
  folder_.write(file, bytes);
  shards_.push_back({{"file", file},
                     {"bytes", bytes.size()},
                     {"records", pending_.size()},
                     {"fingerprint", fingerprint_of(bytes)}});
  pending_.clear();
  pending_bytes_ = 0;
}

void ShardWriter::finish() {
  if (ids_.empty()) {
    throw Error(ErrorCode::empty_input,
                "data set: expected at least one image, got none; check the manifest");
  }
  if (!pending_.empty()) write_shard();
  int64_t masks = 0;
  for (const auto& [id, has_mask] : ids_) masks += has_mask ? 1 : 0;
  const nlohmann::json dataset{{"schema", kShardSchema},
                               {"records", ids_.size()},
                               {"masks", masks},
                               {"counts", counts_},
                               {"preprocessing", description_.at("preprocessing")},
                               {"provenance", description_.at("provenance")},
                               {"shards", shards_}};
  folder_.write(kDatasetFile, to_text(dataset, 2) + "\n");
}

}  // namespace cxrnet::data
