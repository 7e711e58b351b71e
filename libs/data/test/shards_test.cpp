#include "cxrnet/data/shards.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "cxrnet/core/files.h"
#include "cxrnet/core/safetensors.h"
#include "expect_error.h"
#include "synthetic_dataset.h"
#include "temporary_folder.h"

namespace cxrnet::data {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kRecords = 21;

json read_json(const fs::path& path) { return json::parse(read_file(path)); }

std::size_t count_shards(const fs::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder))
    count += entry.path().extension() == ".safetensors";
  return count;
}

TEST(Shards, GiveBackEveryRecord) {
  const TemporaryFolder folder;
  write_synthetic_dataset(folder.path(), kRecords);
  EXPECT_GT(count_shards(folder.path()), 2u);
  const auto dataset = ShardDataset::open(folder.path());
  ASSERT_EQ(dataset.size(), kRecords);
  for (std::size_t i = 0; i < kRecords; ++i) {
    const Record expected = synthetic_record(i);
    EXPECT_EQ(dataset[i].id, expected.id);
    EXPECT_EQ(dataset[i].label, expected.label);
    EXPECT_EQ(dataset[i].group, expected.group);
    EXPECT_EQ(dataset[i].source, expected.source);
    EXPECT_EQ(dataset[i].splits, expected.splits);
    EXPECT_EQ(dataset[i].image, expected.image);
    EXPECT_EQ(dataset[i].mask, expected.mask);
    EXPECT_EQ(dataset.labels()[i], expected.label);
    EXPECT_EQ(dataset.groups()[i], expected.group);
  }
  EXPECT_EQ(dataset.preprocessing().size, kSyntheticSize);
  EXPECT_FALSE(dataset.preprocessing().clahe);
  EXPECT_EQ(dataset.provenance(), json({{"made_by", "a test"}}));
}

TEST(Shards, RecordsMayLackMasks) {
  const TemporaryFolder folder;
  ShardWriter writer(folder.path(), synthetic_description());
  auto record = synthetic_record(0);
  record.mask.clear();
  writer.add(record);
  writer.add(synthetic_record(1));
  writer.finish();
  const auto dataset = ShardDataset::open(folder.path());
  EXPECT_TRUE(dataset[0].mask.empty());
  EXPECT_EQ(dataset[1].mask, synthetic_record(1).mask);
  EXPECT_EQ(read_json(folder.path() / "dataset.json")["masks"], 1);
}

// The layout of shards.h, read with the general reader: other programs rely on it.
TEST(Shards, KeepTheDocumentedLayout) {
  const TemporaryFolder folder;
  write_synthetic_dataset(folder.path(), 5, kDefaultShardBytes);
  const auto shard = read_safetensors(folder.path() / "shard-00000.safetensors");
  const auto offsets = shard.tensors.at("image_offsets");
  EXPECT_EQ(offsets.numel(), 6);
  EXPECT_EQ(offsets[1].item<int64_t>(), static_cast<int64_t>(synthetic_record(0).image.size()));
  EXPECT_EQ(shard.tensors.at("images").numel(), offsets[5].item<int64_t>());
  EXPECT_EQ(json::parse(shard.metadata.at("records"))[4]["id"], "r4");
  const auto dataset = read_json(folder.path() / "dataset.json");
  EXPECT_EQ(dataset["schema"], "cxrnet.shards/1");
  EXPECT_EQ(dataset["records"], 5);
  EXPECT_EQ(dataset["masks"], 5);
  EXPECT_EQ(dataset["counts"],
            json({{"healthy", 2}, {"bacterial", 1}, {"viral", 1}, {"covid19", 1}}));
  EXPECT_EQ(dataset["shards"][0]["bytes"],
            fs::file_size(folder.path() / "shard-00000.safetensors"));
}

TEST(Shards, FingerprintFollowsTheContents) {
  const TemporaryFolder a, b, c;
  write_synthetic_dataset(a.path(), 5);
  write_synthetic_dataset(b.path(), 5);
  write_synthetic_dataset(c.path(), 6);
  const auto fingerprint = ShardDataset::open(a.path()).fingerprint();
  EXPECT_EQ(fingerprint.size(), 16u);
  EXPECT_EQ(fingerprint, ShardDataset::open(b.path()).fingerprint());
  EXPECT_NE(fingerprint, ShardDataset::open(c.path()).fingerprint());
}

TEST(Shards, SelectASideOfASplit) {
  const TemporaryFolder folder;
  write_synthetic_dataset(folder.path(), 12);
  const auto dataset = ShardDataset::open(folder.path());
  EXPECT_EQ(dataset.select("group_split", "test"), (std::vector<std::size_t>{0, 1, 10, 11}));
  EXPECT_EQ(dataset.select("paper_split", "test"), (std::vector<std::size_t>{0, 5, 10}));
  expect_error(ErrorCode::not_found, "(group_split, paper_split), got 'fold'",
               [&] { dataset.select("fold", "test"); });
  expect_error(ErrorCode::not_found, "a side of group_split (test, train), got 'val'",
               [&] { dataset.select("group_split", "val"); });
}

void edit_json(const fs::path& folder, const std::function<void(json&)>& edit) {
  auto dataset = read_json(folder / "dataset.json");
  edit(dataset);
  write_file_atomically(folder / "dataset.json", dataset.dump());
}

// The fingerprint of shards.h, by its published definition: lets a test damage a shard behind the
// fingerprint's back.
std::string fnv1a(const std::string& bytes) {
  uint64_t state = 14695981039346656037ULL;
  for (const unsigned char byte : bytes) state = (state ^ byte) * 1099511628211ULL;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(state));
  return digits;
}

void edit_shard(const fs::path& folder, const std::function<void(Safetensors&)>& edit) {
  const auto path = folder / "shard-00000.safetensors";
  auto contents = read_safetensors(path);
  edit(contents);
  write_safetensors(path, contents);
  edit_json(folder, [&](json& dataset) {
    dataset["shards"][0]["bytes"] = fs::file_size(path);
    dataset["shards"][0]["fingerprint"] = fnv1a(read_file(path));
  });
}

void edit_records(Safetensors& shard, const std::function<void(json&)>& edit) {
  auto records = json::parse(shard.metadata.at("records"));
  edit(records);
  shard.metadata["records"] = records.dump();
}

void overwrite(const fs::path& path, std::size_t position, char value) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(position));
  file.put(value);
}

struct Damage {
  const char* name;
  std::function<void(const fs::path&)> apply;
  const char* message;
};

const Damage kDamages[] = {
    {"no dataset.json", [](const fs::path& f) { fs::remove(f / "dataset.json"); },
     "data set: expected dataset.json, got a folder without it"},
    {"dataset.json cut off", [](const fs::path& f) { fs::resize_file(f / "dataset.json", 40); },
     "dataset.json: expected a JSON object"},
    {"other schema",
     [](const fs::path& f) { edit_json(f, [](json& j) { j["schema"] = "cxrnet.shards/9"; }); },
     "expected schema cxrnet.shards/1, got 'cxrnet.shards/9'"},
    {"no counts", [](const fs::path& f) { edit_json(f, [](json& j) { j.erase("counts"); }); },
     "dataset.json: expected schema, records"},
    {"unknown preprocessing",
     [](const fs::path& f) { edit_json(f, [](json& j) { j["preprocessing"]["sise"] = 1; }); },
     "dataset.json, preprocessing: "},
    {"preprocessing out of range",
     [](const fs::path& f) { edit_json(f, [](json& j) { j["preprocessing"]["size"] = 1; }); },
     "dataset.json, preprocessing: "},
    {"shard elsewhere",
     [](const fs::path& f) { edit_json(f, [](json& j) { j["shards"][0]["file"] = "../x"; }); },
     "expected the shard shard-00000.safetensors, got another name"},
    {"shard missing", [](const fs::path& f) { fs::remove(f / "shard-00001.safetensors"); },
     "shard shard-00001.safetensors: expected a file, got none"},
    {"shard cut off", [](const fs::path& f) { fs::resize_file(f / "shard-00000.safetensors", 99); },
     "bytes, got 99"},
    {"shard altered",
     [](const fs::path& f) {
       overwrite(f / "shard-00000.safetensors", fs::file_size(f / "shard-00000.safetensors") - 9,
                 'x');
     },
     "shard shard-00000.safetensors: expected fingerprint"},
    {"more records stated",
     [](const fs::path& f) { edit_json(f, [](json& j) { j["records"] = 99; }); },
     "expected 99 records, got 8"},
    {"other count of a label",
     [](const fs::path& f) { edit_json(f, [](json& j) { j["counts"]["viral"] = 5; }); },
     "expected 5 records of viral, got 2"},
    {"other count of masks",
     [](const fs::path& f) { edit_json(f, [](json& j) { j["masks"] = 5; }); },
     "expected 5 masks, got 8"},
    {"other count in a shard",
     [](const fs::path& f) { edit_json(f, [](json& j) { j["shards"][0]["records"] = 7; }); },
     "expected 7 records in shard shard-00000.safetensors"},
    {"shard of another kind",
     [](const fs::path& f) { edit_shard(f, [](Safetensors& s) { s.metadata.clear(); }); },
     "expected schema cxrnet.shard/1, got another"},
    {"shard without records",
     [](const fs::path& f) { edit_shard(f, [](Safetensors& s) { s.metadata.erase("records"); }); },
     "expected a list of records, got none"},
    {"records of another form",
     [](const fs::path& f) {
       edit_shard(f, [](Safetensors& s) { s.metadata["records"] = "[1]"; });
     },
     "expected records with id, label, group"},
    {"unknown label",
     [](const fs::path& f) {
       edit_shard(f,
                  [](Safetensors& s) { edit_records(s, [](json& r) { r[0]["label"] = "flu"; }); });
     },
     "expected known labels, got 'flu'"},
    {"one id twice",
     [](const fs::path& f) {
       edit_shard(f, [](Safetensors& s) { edit_records(s, [](json& r) { r[0]["id"] = "r1"; }); });
     },
     "expected 8 different ids, got 7"},
    {"a record too few",
     [](const fs::path& f) {
       edit_shard(f, [](Safetensors& s) { edit_records(s, [](json& r) { r.erase(0); }); });
     },
     "image offsets, got "},
    {"no images",
     [](const fs::path& f) { edit_shard(f, [](Safetensors& s) { s.tensors.erase("images"); }); },
     "expected a vector 'images' of Byte, got none"},
    {"offsets of another type",
     [](const fs::path& f) {
       edit_shard(f, [](Safetensors& s) {
         s.tensors["mask_offsets"] = s.tensors["mask_offsets"].to(at::kInt);
       });
     },
     "expected a vector 'mask_offsets' of Long"},
    {"falling offsets",
     [](const fs::path& f) {
       edit_shard(f, [](Safetensors& s) { s.tensors["image_offsets"][1] = 1 << 30; });
     },
     "expected image offsets that rise from 0"},
    {"offsets from elsewhere",
     [](const fs::path& f) {
       edit_shard(f, [](Safetensors& s) { s.tensors["image_offsets"][0] = -1; });
     },
     "expected image offsets that rise from 0"},
    {"image without bytes",
     [](const fs::path& f) {
       edit_shard(f, [](Safetensors& s) { s.tensors["image_offsets"][1] = 0; });
     },
     "expected bytes for every image, got none"},
};

TEST(Shards, RefuseEveryDisagreement) {
  for (const auto& damage : kDamages) {
    SCOPED_TRACE(damage.name);
    const TemporaryFolder folder;
    write_synthetic_dataset(folder.path(), 8, 1000);
    ASSERT_EQ(ShardDataset::open(folder.path()).size(), 8u);
    damage.apply(folder.path());
    expect_error(ErrorCode::corrupt_shard, damage.message,
                 [&] { ShardDataset::open(folder.path()); });
  }
}

TEST(Shards, RefuseAMissingFolder) {
  const TemporaryFolder folder;
  expect_error(ErrorCode::not_found, "run prepare first",
               [&] { ShardDataset::open(folder.path() / "none"); });
}

TEST(ShardWriter, InterruptedRunIsRefusedAndCanBeRepeated) {
  const TemporaryFolder folder;
  {
    ShardWriter interrupted(folder.path(), synthetic_description(), 1);
    for (std::size_t i = 0; i < 9; ++i) interrupted.add(synthetic_record(i));
  }
  expect_error(ErrorCode::corrupt_shard, "perhaps of an interrupted run",
               [&] { ShardDataset::open(folder.path()); });
  write_synthetic_dataset(folder.path(), 2, kDefaultShardBytes);
  EXPECT_EQ(ShardDataset::open(folder.path()).size(), 2u);
  EXPECT_EQ(count_shards(folder.path()), 1u);
}

TEST(ShardWriter, RefusesBadInput) {
  const TemporaryFolder folder;
  expect_error(ErrorCode::invalid_option, "expected the object 'preprocessing'",
               [&] { ShardWriter(folder.path(), json::object()); });
  expect_error(ErrorCode::invalid_option, "expected the object 'provenance'", [&] {
    ShardWriter(folder.path(), {{"preprocessing", json::object()}});
  });
  ShardWriter writer(folder.path(), synthetic_description());
  expect_error(ErrorCode::empty_input, "expected at least one image", [&] { writer.finish(); });
  auto unknown = synthetic_record(0), bare = synthetic_record(0);
  unknown.label = "flu";
  bare.image.clear();
  expect_error(ErrorCode::invalid_option, "flu", [&] { writer.add(unknown); });
  expect_error(ErrorCode::invalid_option, "expected encoded image bytes",
               [&] { writer.add(bare); });
  const TemporaryFolder other_folder;
  ShardWriter latin_writer(other_folder.path(), synthetic_description());
  auto latin = synthetic_record(0);
  latin.source = "\xE9";
  latin_writer.add(latin);
  expect_error(ErrorCode::invalid_option, "in UTF-8, got other bytes",
               [&] { latin_writer.finish(); });
  writer.add(synthetic_record(0));
  expect_error(ErrorCode::invalid_option, "an id that is new",
               [&] { writer.add(synthetic_record(0)); });
  writer.finish();
  expect_error(ErrorCode::output_exists, "got a finished data set",
               [&] { ShardWriter(folder.path(), synthetic_description()); });
  expect_error(ErrorCode::write_failed, "expected a folder or a name for a new one",
               [&] { ShardWriter(folder.path() / "dataset.json", synthetic_description()); });
}

TEST(ShardWriter, KeepsShardsOfAnotherOriginUnlessAllMayBeReplaced) {
  const TemporaryFolder folder;
  const auto shard = folder.path() / "shard-00000.safetensors";
  write_file_atomically(shard, "of another origin");
  {
    ShardWriter writer(folder.path(), synthetic_description());
    writer.add(synthetic_record(0));
    expect_error(ErrorCode::output_exists, "expected a free name", [&] { writer.finish(); });
  }
  EXPECT_EQ(read_file(shard), "of another origin");
  ShardWriter writer(folder.path(), synthetic_description(), kDefaultShardBytes,
                     Replace::all_files);
  writer.add(synthetic_record(0));
  writer.finish();
  EXPECT_EQ(ShardDataset::open(folder.path()).size(), 1U);
}

}  // namespace
}  // namespace cxrnet::data
