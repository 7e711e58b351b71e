#include "cxrnet/core/safetensors.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"

namespace cxrnet {
namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the limit of the reference implementation
constexpr std::size_t kMaxDimensions = 64;         // what libtorch's operators take
constexpr int kMaxHeaderDepth = 2;                 // header, tensor, shape
constexpr const char* kMetadataKey = "__metadata__";

struct DtypeName {
  at::ScalarType type;
  std::string_view name;
};
constexpr std::array<DtypeName, 10> kDtypes{{{at::kBool, "BOOL"},
                                             {at::kByte, "U8"},
                                             {at::kChar, "I8"},
                                             {at::kShort, "I16"},
                                             {at::kInt, "I32"},
                                             {at::kLong, "I64"},
                                             {at::kHalf, "F16"},
                                             {at::kBFloat16, "BF16"},
                                             {at::kFloat, "F32"},
                                             {at::kDouble, "F64"}}};

[[noreturn]] void throw_corrupt(const std::string& expected, const std::string& got) {
  throw Error(ErrorCode::corrupt_model,
              "safetensors: expected " + expected + ", got " + got +
                  "; the file is damaged or of another kind, fetch or make it again");
}

std::string_view dtype_name(at::ScalarType type) {
  for (const auto& dtype : kDtypes) {
    if (dtype.type == type) return dtype.name;
  }
  throw Error(ErrorCode::invalid_shape,
              std::string("safetensors: expected an element type of the format, got ") +
                  at::toString(type) + "; convert the tensor first");
}

at::ScalarType dtype_from_name(const std::string& name) {
  for (const auto& dtype : kDtypes) {
    if (dtype.name == name) return dtype.type;
  }
  throw_corrupt("a known element type", "another one");
}

struct Entry {
  std::string name;
  at::ScalarType type;
  std::vector<int64_t> shape;
  uint64_t begin, end;
};

// The number of bytes that a tensor of this shape takes, or nothing when it or a stride overflows.
std::optional<uint64_t> byte_count(const std::vector<int64_t>& shape, at::ScalarType type) {
  auto span = static_cast<int64_t>(at::elementSize(type));
  bool empty = false;
  for (const int64_t size : shape) {
    empty = empty || size == 0;
    if (__builtin_mul_overflow(span, std::max<int64_t>(size, 1), &span)) return std::nullopt;
  }
  return empty ? 0 : static_cast<uint64_t>(span);
}

// A list of whole numbers that fit int64_t; a plain get<> would cut fractions and wrap signs.
std::vector<int64_t> parse_sizes(const json& list) {
  if (!list.is_array() || list.size() > kMaxDimensions) {
    throw_corrupt("a list of at most " + std::to_string(kMaxDimensions) + " sizes",
                  "another value");
  }
  std::vector<int64_t> sizes;
  for (const auto& size : list) {
    if (!size.is_number_unsigned() || size.get<uint64_t>() > INT64_MAX) {
      throw_corrupt("whole numbers in shape and data_offsets", "another value");
    }
    sizes.push_back(size.get<int64_t>());
  }
  return sizes;
}

Entry parse_entry(const std::string& name, const json& value) {
  try {
    const auto offsets = parse_sizes(value.at("data_offsets"));
    if (offsets.size() != 2) throw_corrupt("two offsets", std::to_string(offsets.size()));
    return {name, dtype_from_name(value.at("dtype").get<std::string>()),
            parse_sizes(value.at("shape")), static_cast<uint64_t>(offsets[0]),
            static_cast<uint64_t>(offsets[1])};
  } catch (const json::exception&) {
    throw_corrupt("dtype, shape and data_offsets of every tensor", "an entry without them");
  }
}

// Parses the header. Nesting is bounded while reading, since every open bracket of a hostile file
// would cost a hundred times its byte; a name that stands twice is refused, as the format demands.
json parse_header(std::string_view text) {
  std::set<std::string> names;
  const auto check = [&](int depth, json::parse_event_t event, const json& parsed) {
    using Event = json::parse_event_t;
    if ((event == Event::object_start || event == Event::array_start) && depth > kMaxHeaderDepth) {
      throw_corrupt("a flat header", "one that is nested deeper than the format allows");
    }
    if (event == Event::key && depth == 1 && !names.insert(parsed.get<std::string>()).second) {
      throw_corrupt("every name once", "one that stands twice");
    }
    return true;
  };
  auto header = json::parse(text, check, /*allow_exceptions=*/false);
  if (!header.is_object()) throw_corrupt("a JSON object as header", "something else");
  return header;
}

// Offsets must tile the data section without gap or overlap to its end (the reference's rule).
void check_layout(std::vector<Entry>& entries, uint64_t data_bytes) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  uint64_t position = 0;
  for (const auto& entry : entries) {
    const auto bytes = byte_count(entry.shape, entry.type);
    if (!bytes || entry.begin != position || entry.end < entry.begin ||
        entry.end - entry.begin != *bytes) {
      throw_corrupt("offsets that agree with the shapes", "other ones");
    }
    position = entry.end;
  }
  if (position != data_bytes) {
    throw_corrupt(std::to_string(position) + " bytes of tensors", std::to_string(data_bytes));
  }
}

uint64_t read_length(std::string_view bytes) {
  uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    length |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return length;
}

void require_valid(const Entry& entry, std::string_view bytes) {
  if (entry.type == at::kBool &&
      std::any_of(bytes.begin(), bytes.end(), [](char byte) { return byte != 0 && byte != 1; })) {
    throw_corrupt("bytes 0 and 1 in a BOOL tensor", "another byte");
  }
}

at::Tensor copy_tensor(const Entry& entry, std::string_view bytes) {
  auto tensor = at::empty(entry.shape, at::TensorOptions().dtype(entry.type));
  if (!bytes.empty()) std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
  return tensor;
}

at::Tensor view_tensor(const Entry& entry, std::string_view bytes) {
  const auto options = at::TensorOptions().dtype(entry.type);
  const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
  if (bytes.empty() || address % options.dtype().itemsize() != 0) return copy_tensor(entry, bytes);
  return at::from_blob(const_cast<char*>(bytes.data()), entry.shape, options);
}

std::map<std::string, std::string> parse_metadata(const json& value) {
  try {
    return value.get<std::map<std::string, std::string>>();
  } catch (const json::exception&) {
    throw_corrupt("metadata of strings", "another type");
  }
}

using NamedTensor = std::pair<std::string, at::Tensor>;

// Widest elements first, then by name, so that each tensor lies at a multiple of its element size
// (the reference writer's order); on the CPU and contiguous.
std::vector<NamedTensor> ordered_tensors(const Safetensors& contents) {
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : contents.tensors) {
    if (!tensor.defined() || name == kMetadataKey) {
      throw Error(ErrorCode::invalid_shape,
                  "safetensors: expected defined tensors with names other than " +
                      std::string(kMetadataKey) + ", got '" + name + "'; leave it out");
    }
    tensors.emplace_back(name, tensor.detach().to(at::kCPU).contiguous());
  }
  std::stable_sort(tensors.begin(), tensors.end(), [](const NamedTensor& a, const NamedTensor& b) {
    return a.second.element_size() > b.second.element_size();
  });
  return tensors;
}

std::string dump_header(const json& header) {
  try {
    return header.dump();
  } catch (const json::exception&) {
    throw Error(ErrorCode::invalid_option,
                "safetensors: expected names and metadata in UTF-8, got other bytes; convert them");
  }
}

using TensorReader = at::Tensor (*)(const Entry&, std::string_view);

Safetensors read(std::string_view bytes, TensorReader read_tensor) {
  if (bytes.size() < kLengthBytes) throw_corrupt("at least 8 bytes", std::to_string(bytes.size()));
  const uint64_t header_bytes = read_length(bytes);
  if (header_bytes > kMaxHeaderBytes || header_bytes > bytes.size() - kLengthBytes) {
    throw_corrupt("a header within the file", "one of " + std::to_string(header_bytes) + " bytes");
  }
  const auto header = parse_header(bytes.substr(kLengthBytes, header_bytes));

  Safetensors contents;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == kMetadataKey) {
      contents.metadata = parse_metadata(value);
    } else {
      entries.push_back(parse_entry(name, value));
    }
  }
  const auto data = bytes.substr(kLengthBytes + header_bytes);
  check_layout(entries, data.size());
  for (const auto& entry : entries) {
    const auto own = data.substr(entry.begin, entry.end - entry.begin);
    require_valid(entry, own);
    contents.tensors.emplace(entry.name, read_tensor(entry, own));
  }
  return contents;
}

}  // namespace

Safetensors parse_safetensors(std::string_view bytes) { return read(bytes, copy_tensor); }

Safetensors view_safetensors(std::string_view bytes) { return read(bytes, view_tensor); }

Safetensors read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(read_file(path, kMaxLargeFileBytes));
}

std::string format_safetensors(const Safetensors& contents) {
  json header = json::object();
  if (!contents.metadata.empty()) header[kMetadataKey] = contents.metadata;
  uint64_t position = 0;
  const auto tensors = ordered_tensors(contents);
  for (const auto& [name, tensor] : tensors) {
    const uint64_t end = position + tensor.nbytes();
    header[name] = {{"dtype", dtype_name(tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {position, end}}};
    position = end;
  }
  std::string text = dump_header(header);
  text.append((kLengthBytes - text.size() % kLengthBytes) % kLengthBytes, ' ');

  std::string bytes;
  bytes.reserve(kLengthBytes + text.size() + position);
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    bytes.push_back(static_cast<char>(static_cast<uint64_t>(text.size()) >> (8 * i)));
  }
  bytes += text;
  for (const auto& [name, tensor] : tensors) {
    bytes.append(static_cast<const char*>(tensor.data_ptr()), tensor.nbytes());
  }
  return bytes;
}

void write_safetensors(const std::filesystem::path& path, const Safetensors& contents) {
  write_file_atomically(path, format_safetensors(contents));
}

}  // namespace cxrnet
