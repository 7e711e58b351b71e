#include "cxrnet/core/safetensors.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cxrnet/core/files.h"
#include "error_matchers.h"
#include "temporary_folder.h"

namespace cxrnet {
namespace {

using nlohmann::json;
using std::string_literals::operator""s;

// Length, header and data as the format's description puts them: eight little-endian bytes, JSON,
// tensors.
std::string file_of(const std::string& header, const std::string& data = "") {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(header.size() >> (8 * i)));
  return bytes + header + data;
}

json header_of(const std::string& bytes) {
  const auto length =
      static_cast<unsigned char>(bytes[0]) + 256u * static_cast<unsigned char>(bytes[1]);
  return json::parse(bytes.substr(8, length));
}

// By hand from the format's description: IEEE 754 bytes of 1, −2 and 0.5; int16 −2 and 258; false,
// true; bf16 1 is the upper half of f32 1; f16 1 is 0x3C00.
TEST(ParseSafetensors, ReadsAFileMadeByHand) {
  const std::string header = R"({"__metadata__":{"format":"pt","note":"é"},)"
                             R"("w":{"dtype":"F32","shape":[3,1],"data_offsets":[0,12]},)"
                             R"("i":{"dtype":"I16","shape":[2],"data_offsets":[12,16]},)"
                             R"("h":{"dtype":"F16","shape":[],"data_offsets":[16,18]},)"
                             R"("b":{"dtype":"BF16","shape":[1],"data_offsets":[18,20]},)"
                             R"("t":{"dtype":"BOOL","shape":[2],"data_offsets":[20,22]},)"
                             R"("e":{"dtype":"U8","shape":[0,4],"data_offsets":[22,22]}}   )";
  const std::string data =
      "\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x00\x3f\xfe\xff\x02\x01\x00\x3c\x80\x3f\x00\x01"s;
  const auto contents = parse_safetensors(file_of(header, data));
  EXPECT_EQ(contents.metadata,
            (std::map<std::string, std::string>{{"format", "pt"}, {"note", "é"}}));
  ASSERT_EQ(contents.tensors.size(), 6u);
  const auto& tensors = contents.tensors;
  EXPECT_TRUE(tensors.at("w").equal(at::tensor({1.0f, -2.0f, 0.5f}).view({3, 1})));
  EXPECT_TRUE(tensors.at("i").equal(at::tensor({-2, 258}, at::kShort)));
  EXPECT_TRUE(tensors.at("h").equal(at::ones({}, at::kHalf)));
  EXPECT_TRUE(tensors.at("b").equal(at::ones({1}, at::kBFloat16)));
  EXPECT_TRUE(tensors.at("t").equal(at::tensor({0, 1}).to(at::kBool)));
  EXPECT_EQ(tensors.at("e").sizes(), (std::vector<int64_t>{0, 4}));
  EXPECT_EQ(tensors.at("e").scalar_type(), at::kByte);
}

TEST(ParseSafetensors, ReadsAFileWithoutTensors) {
  const auto contents = parse_safetensors(file_of("{}"));
  EXPECT_TRUE(contents.tensors.empty());
  EXPECT_TRUE(contents.metadata.empty());
}

TEST(ParseSafetensors, RefusesEveryBrokenFile) {
  const auto tensor = [](const std::string& dtype, const std::string& shape,
                         const std::string& offsets) {
    return R"({"t":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
           "}}";
  };
  const std::string good = tensor(R"("U8")", "[4]", "[0,4]");
  ASSERT_EQ(parse_safetensors(file_of(good, "abcd")).tensors.size(), 1u);
  struct Row {
    const char* name;
    std::string bytes;
  };
  const Row rows[] = {
      {"empty", ""},
      {"seven bytes", "\x02\0\0\0\0\0\0"s},
      {"length beyond the file", "\xff\0\0\0\0\0\0\0{}"s},
      {"length of 2^64 - 1", "\xff\xff\xff\xff\xff\xff\xff\xff{}"},
      {"renamed text", "This is a text file that was given another name."},
      {"no JSON", file_of("{")},
      {"JSON that is no object", file_of("[]")},
      {"not UTF-8", file_of("{\"\xff\":1}")},
      {"truncated data", file_of(good, "abc")},
      {"data after the tensors", file_of(good, "abcde")},
      {"entry that is no object", file_of(R"({"t":1})")},
      {"entry without dtype", file_of(R"({"t":{"shape":[4],"data_offsets":[0,4]}})", "abcd")},
      {"unknown dtype", file_of(tensor(R"("U7")", "[4]", "[0,4]"), "abcd")},
      {"dtype that is no text", file_of(tensor("1", "[4]", "[0,4]"), "abcd")},
      {"shape that is no list", file_of(tensor(R"("U8")", "4", "[0,4]"), "abcd")},
      {"fractional size", file_of(tensor(R"("U8")", "[4.5]", "[0,4]"), "abcd")},
      {"negative sizes", file_of(tensor(R"("U8")", "[-2,-2]", "[0,4]"), "abcd")},
      {"size of 2^64 - 4", file_of(tensor(R"("U8")", "[18446744073709551612]", "[0,4]"), "abcd")},
      {"sizes that wrap to 4",
       file_of(tensor(R"("F32")", "[4294967297,4294967297]", "[0,4]"), "abcd")},
      {"strides that overflow",
       file_of(tensor(R"("U8")", "[0,4611686018427387904,4611686018427387904]", "[0,0]"))},
      {"more dimensions than libtorch takes", file_of(tensor(R"("U8")",
                                                             "[4" + std::string(64 * 2, ' ') +
                                                                 [] {
                                                                   std::string ones;
                                                                   for (int i = 0; i < 64; ++i)
                                                                     ones += ",1";
                                                                   return ones;
                                                                 }() +
                                                                 "]",
                                                             "[0,4]"),
                                                      "abcd")},
      {"one offset", file_of(tensor(R"("U8")", "[4]", "[4]"), "abcd")},
      {"reversed offsets", file_of(tensor(R"("U8")", "[4]", "[4,0]"), "abcd")},
      {"offsets beyond the file", file_of(tensor(R"("U8")", "[4]", "[4,8]"), "abcd")},
      {"offsets wider than the shape", file_of(tensor(R"("U8")", "[3]", "[0,4]"), "abcd")},
      {"overlap", file_of(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
                          R"("b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
                          "abcd")},
      {"gap", file_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                      R"("b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
                      "abcd")},
      {"one name twice", file_of(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                                 R"("a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
                                 "ab")},
      {"BOOL of another byte", file_of(tensor(R"("BOOL")", "[4]", "[0,4]"), "\x00\x01\x02\x01"s)},
      {"metadata that is no object", file_of(R"({"__metadata__":"x"})")},
      {"metadata that is no text", file_of(R"({"__metadata__":{"x":1}})")},
      {"nested metadata", file_of(R"({"__metadata__":{"x":{"y":{}}}})")},
      {"ten million open brackets", file_of(std::string(10'000'000, '['))},
      {"two million nested objects", file_of([] {
         std::string text;
         for (int i = 0; i < 2'000'000; ++i) text += R"({"a":)";
         return text;
       }())},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(caught([&] { parse_safetensors(row.bytes); }).code, ErrorCode::corrupt_model)
        << row.name;
  }
}

TEST(ParseSafetensors, RefusesEveryProperPrefix) {
  const auto bytes =
      format_safetensors({.tensors = {{"a", at::ones({2, 2})}, {"b", at::zeros({3}, at::kByte)}},
                          .metadata = {{"k", "v"}}});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(caught([&] { parse_safetensors(bytes.substr(0, size)); }).code,
              ErrorCode::corrupt_model)
        << size << " bytes";
  }
}

// The very bytes, put together by hand: f32 before u8, names in order, header filled with spaces to
// a multiple of 8.
TEST(FormatSafetensors, WritesTheseBytes) {
  std::string header =
      R"({"__metadata__":{"k":"v"},"a":{"data_offsets":[8,9],"dtype":"U8","shape":[1]},)"
      R"("b":{"data_offsets":[0,4],"dtype":"F32","shape":[]},"c":{"data_offsets":[4,8],"dtype":"F32","shape":[1,1]}})";
  while (header.size() % 8 != 0) header += ' ';
  const Safetensors contents{.tensors = {{"a", at::full({1}, 7, at::kByte)},
                                         {"b", at::ones({})},
                                         {"c", at::full({1, 1}, -2.0f)}},
                             .metadata = {{"k", "v"}}};
  EXPECT_EQ(format_safetensors(contents), file_of(header, "\x00\x00\x80\x3f\x00\x00\x00\xc0\x07"s));
}

TEST(FormatSafetensors, AlignsEveryTensorToItsElements) {
  Safetensors contents;
  const at::ScalarType types[] = {at::kBool, at::kByte, at::kChar,     at::kShort, at::kInt,
                                  at::kLong, at::kHalf, at::kBFloat16, at::kFloat, at::kDouble};
  for (const auto type : types) contents.tensors[at::toString(type)] = at::ones({3}, type);
  const auto bytes = format_safetensors(contents);
  const auto header = header_of(bytes);
  const std::size_t data_begin =
      8 + static_cast<unsigned char>(bytes[0]) + 256u * static_cast<unsigned char>(bytes[1]);
  EXPECT_EQ(data_begin % 8, 0u);
  for (const auto& [name, tensor] : contents.tensors) {
    const auto begin = header[name]["data_offsets"][0].get<std::size_t>();
    EXPECT_EQ((data_begin + begin) % tensor.element_size(), 0u) << name;
  }
}

TEST(FormatSafetensors, KeepsValuesOfEveryType) {
  Safetensors contents;
  const at::ScalarType types[] = {at::kBool, at::kByte, at::kChar,     at::kShort, at::kInt,
                                  at::kLong, at::kHalf, at::kBFloat16, at::kFloat, at::kDouble};
  for (const auto type : types) {
    contents.tensors[at::toString(type)] = at::arange(6, at::kFloat).view({2, 3}).to(type);
  }
  contents.tensors["scalar"] = at::full({}, 0.1, at::kDouble);
  contents.tensors["empty"] = at::empty({0, 3});
  contents.tensors["transposed"] = at::arange(6, at::kFloat).view({2, 3}).t();
  contents.tensors["every second"] = at::arange(8, at::kLong).slice(0, 0, 8, 2);
  contents.metadata = {{"json", R"({"a": "b\n"})"}, {"empty", ""}};
  const auto again = parse_safetensors(format_safetensors(contents));
  EXPECT_EQ(again.metadata, contents.metadata);
  ASSERT_EQ(again.tensors.size(), contents.tensors.size());
  for (const auto& [name, tensor] : contents.tensors) {
    EXPECT_EQ(again.tensors.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(again.tensors.at(name).equal(tensor)) << name;
  }
}

TEST(FormatSafetensors, RefusesWhatTheFormatCannotHold) {
  struct Row {
    const char* name;
    Safetensors contents;
    ErrorCode code;
  };
  const Row rows[] = {
      {"complex numbers",
       {{{"a", at::zeros({1}, at::kComplexFloat)}}, {}},
       ErrorCode::invalid_shape},
      {"undefined tensor", {{{"a", at::Tensor()}}, {}}, ErrorCode::invalid_shape},
      {"reserved name", {{{"__metadata__", at::zeros({1})}}, {}}, ErrorCode::invalid_shape},
      {"name that is not UTF-8", {{{"\xff", at::zeros({1})}}, {}}, ErrorCode::invalid_option},
      {"metadata that is not UTF-8", {{}, {{"a", "\xff"}}}, ErrorCode::invalid_option},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(caught([&] { format_safetensors(row.contents); }).code, row.code) << row.name;
  }
}

TEST(ParseSafetensors, GivesTensorsOfTheirOwn) {
  auto bytes = format_safetensors({.tensors = {{"a", at::ones({4})}}, .metadata = {}});
  const auto contents = parse_safetensors(bytes);
  bytes.assign(bytes.size(), '\xff');
  EXPECT_TRUE(contents.tensors.at("a").equal(at::ones({4})));
}

// Places in the file suit the types when the file's own does; at an odd address those of more than
// one byte are copied.
TEST(ViewSafetensors, GivesTensorsThatLieInTheBytes) {
  const Safetensors written{.tensors = {{"half", at::full({3}, 0.5, at::kHalf)},
                                        {"float", at::arange(6, at::kFloat).view({2, 3})},
                                        {"byte", at::full({5}, 7, at::kByte)},
                                        {"none", at::zeros({0, 2})}},
                            .metadata = {{"k", "v"}}};
  const auto file = format_safetensors(written);
  for (const std::size_t shift : {0, 1}) {
    SCOPED_TRACE("shifted by " + std::to_string(shift));
    const std::string memory = std::string(shift, ' ') + file;
    const auto bytes = std::string_view(memory).substr(shift);
    const auto viewed = view_safetensors(bytes);
    EXPECT_EQ(viewed.metadata, written.metadata);
    ASSERT_EQ(viewed.tensors.size(), written.tensors.size());
    for (const auto& [name, tensor] : written.tensors) {
      SCOPED_TRACE(name);
      const auto& view = viewed.tensors.at(name);
      EXPECT_TRUE(view.equal(tensor));
      const auto* place = static_cast<const char*>(view.data_ptr());
      const bool inside = place >= bytes.data() && place < bytes.data() + bytes.size();
      EXPECT_EQ(inside, tensor.numel() > 0 && (shift == 0 || name == "byte"));
    }
  }
  EXPECT_EQ(caught([&] { view_safetensors(file.substr(0, file.size() - 1)); }).code,
            ErrorCode::corrupt_model);
}

TEST(WriteSafetensors, ReadsBackAndReportsMissingFiles) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "weights.safetensors";
  write_safetensors(path, {.tensors = {{"a", at::ones({4})}}, .metadata = {{"k", "v"}}});
  const auto contents = read_safetensors(path);
  EXPECT_TRUE(contents.tensors.at("a").equal(at::ones({4})));
  EXPECT_EQ(contents.metadata.at("k"), "v");
  EXPECT_EQ(caught([&] { read_safetensors(folder.path() / "missing"); }).code,
            ErrorCode::not_found);
  EXPECT_EQ(caught([&] { read_safetensors(folder.path()); }).code, ErrorCode::unreadable);
}

}  // namespace
}  // namespace cxrnet
