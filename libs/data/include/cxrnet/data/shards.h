// A prepared data set: a folder of safetensors files that hold encoded images, described by
// dataset.json.
//
//   <folder>/shard-00000.safetensors   u8 `images`, `masks` (encoded bytes, end to end); i64
//   `image_offsets`,
//                                      `mask_offsets` [N + 1]; `__metadata__`: ids, labels, groups,
//                                      sources, splits
//   <folder>/dataset.json              "schema": "cxrnet.shards/1", counts, preprocessing,
//   provenance, the shards
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cxrnet/core/output_folder.h"
#include "cxrnet/nn/preprocessing.h"

namespace cxrnet::data {

inline constexpr std::string_view kShardSchema = "cxrnet.shards/1";
inline constexpr std::size_t kDefaultShardBytes = std::size_t{16} << 20;

/// One prepared image, as it is stored.
struct Record {
  std::string id;                             ///< unique
  std::string label;                          ///< one of nn::kLabels
  std::string group;                          ///< the patient; see group_of
  std::string source;                         ///< the collection
  std::map<std::string, std::string> splits;  ///< split column to side, such as group_split to test
  std::string image;                          ///< JPEG or PNG bytes, grey, square
  std::string mask;  ///< 1-bit PNG bytes, lungs true, same frame; empty: none
};

/// Writes a data set. dataset.json comes last, so that an interrupted run leaves a folder that is
/// refused.
class ShardWriter {
 public:
  /// `description` holds the objects `preprocessing` (nn::Preprocessing as JSON) and `provenance`
  /// (any object). Leftovers of an interrupted run are removed, and with Replace::all_files the
  /// whole of another data set. Errors: write_failed when the folder cannot be made;
  /// output_exists when it holds a finished data set; invalid_option when the description lacks an
  /// object.
  ShardWriter(std::filesystem::path folder, nlohmann::json description,
              std::size_t shard_bytes = kDefaultShardBytes, Replace replace = Replace::own_files);

  /// Queues a record and writes a shard when `shard_bytes` are reached.
  /// Errors: invalid_option for an unknown label, an id given twice or an image without bytes; as
  /// write_safetensors.
  void add(Record record);

  /// Writes the last shard and dataset.json. Errors: empty_input without records; as
  /// write_safetensors.
  void finish();

 private:
  void write_shard();

  OutputFolder folder_;
  nlohmann::json description_;
  std::size_t shard_bytes_;
  std::vector<Record> pending_;
  std::size_t pending_bytes_ = 0;
  std::map<std::string, int64_t> counts_;  // by label
  std::map<std::string, bool> ids_;        // id to whether it has a mask
  nlohmann::json shards_ = nlohmann::json::array();
};

/// A data set in memory, images still encoded (all of cxr4 takes less than 100 MB).
class ShardDataset {
 public:
  /// Reads a folder and checks that dataset.json and the shards agree: sizes, fingerprints, counts,
  /// labels, unique ids. Errors: not_found; corrupt_shard with what disagrees.
  static ShardDataset open(const std::filesystem::path& folder);

  std::size_t size() const { return records_.size(); }
  const Record& operator[](std::size_t index) const { return records_[index]; }

  const nn::Preprocessing& preprocessing() const { return preprocessing_; }
  const nlohmann::json& provenance() const { return provenance_; }

  /// 16 hexadecimal digits over all bytes of the shards: a checkpoint names the data it was trained
  /// on by it. Guards against mix-ups and damage, not against intent.
  const std::string& fingerprint() const { return fingerprint_; }

  std::vector<std::string> labels() const;  ///< of every record
  std::vector<std::string> groups() const;  ///< of every record

  /// The cells of a split column, empty for records without. Errors: not_found, listing the
  /// columns.
  std::vector<std::string> cells(const std::string& column) const;

  /// The records whose split `column` names `side` (see side_of in leaks.h). Errors: not_found,
  /// listing the columns or sides that exist.
  std::vector<std::size_t> select(const std::string& column, const std::string& side) const;

 private:
  std::vector<Record> records_;
  nn::Preprocessing preprocessing_;
  nlohmann::json provenance_;
  std::string fingerprint_;
};

}  // namespace cxrnet::data
