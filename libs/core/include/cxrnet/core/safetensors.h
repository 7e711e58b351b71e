// The safetensors file format (https://github.com/huggingface/safetensors): eight bytes of header
// length, a JSON header, raw little-endian tensors. Used for models, checkpoints, image shards and
// torchvision weights; never pickle.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace cxrnet {

/// Tensors by name and the header's `__metadata__` strings.
struct Safetensors {
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// Parses a file's bytes; tensors are copies, so `bytes` may go. Checks every length, offset,
/// overlap and dtype; memory stays within a small multiple of `bytes` whatever they hold. Errors:
/// corrupt_model, with what was wrong.
Safetensors parse_safetensors(std::string_view bytes);

/// The same without a copy: tensors lie in `bytes`, which must outlive them, and must not be
/// written to. One whose place there does not suit its type is copied all the same.
Safetensors view_safetensors(std::string_view bytes);

/// Reads a file. Errors: as read_file and parse_safetensors.
Safetensors read_safetensors(const std::filesystem::path& path);

/// The bytes of a file that holds these tensors (moved to the CPU and made contiguous), widest
/// elements first and then by name, so that each is aligned to its element size. Equal contents
/// give equal bytes. Element types: bool, u8, i8, i16, i32, i64, f16, bf16, f32, f64. Errors:
/// invalid_shape (another type, an undefined tensor, the reserved name `__metadata__`),
/// invalid_option (text that is not UTF-8).
std::string format_safetensors(const Safetensors& contents);

/// Writes atomically. Errors: as format_safetensors and write_file_atomically.
void write_safetensors(const std::filesystem::path& path, const Safetensors& contents);

}  // namespace cxrnet
