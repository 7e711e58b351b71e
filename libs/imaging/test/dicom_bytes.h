// DICOM data sets built element by element, as PS3.5 section 7 lays them out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cxrnet::imaging {

inline constexpr std::string_view kImplicitUid = "1.2.840.10008.1.2";
inline constexpr std::string_view kExplicitUid = "1.2.840.10008.1.2.1";
inline constexpr std::string_view kBigEndianUid = "1.2.840.10008.1.2.2";
inline constexpr std::string_view kDeflatedUid = "1.2.840.10008.1.2.1.99";
inline constexpr uint32_t kOpenEnd = 0xFFFFFFFF;

struct Writer {
  bool is_explicit = true;
  bool is_big = false;

  std::string number(uint32_t value, int bytes) const {
    std::string text(static_cast<std::size_t>(bytes), '\0');
    for (int i = 0; i < bytes; ++i) {
      const int at = is_big ? bytes - 1 - i : i;
      text[static_cast<std::size_t>(at)] = static_cast<char>(value >> (8 * i));
    }
    return text;
  }
  std::string tag(uint32_t tag) const { return number(tag >> 16, 2) + number(tag & 0xFFFF, 2); }

  std::string header(uint32_t key, std::string_view vr, uint32_t length) const {
    if (!is_explicit) return tag(key) + number(length, 4);
    const bool is_long = vr == "OB" || vr == "OW" || vr == "SQ" || vr == "UN" || vr == "ZZ";
    return tag(key) + std::string(vr) +
           (is_long ? number(0, 2) + number(length, 4) : number(length, 2));
  }
  std::string element(uint32_t key, std::string_view vr, std::string value) const {
    if (value.size() % 2 != 0) value += vr == "UI" || vr == "OB" ? '\0' : ' ';
    return header(key, vr, static_cast<uint32_t>(value.size())) + value;
  }
  std::string us(uint32_t key, uint32_t value) const {
    return element(key, "US", number(value, 2));
  }

  /// A sequence of one item.
  std::string sequence(uint32_t key, std::string_view vr, const std::string& content,
                       bool is_defined) const {
    if (is_defined) {
      const std::string item = tag(0xFFFEE000) + number(static_cast<uint32_t>(content.size()), 4);
      return header(key, vr, static_cast<uint32_t>(item.size() + content.size())) + item + content;
    }
    return header(key, vr, kOpenEnd) + tag(0xFFFEE000) + number(kOpenEnd, 4) + content +
           tag(0xFFFEE00D) + number(0, 4) + tag(0xFFFEE0DD) + number(0, 4);
  }
};

inline constexpr int kBuiltSide = 40;

/// The grey of a built picture: a ramp along rows and columns.
inline int built_grey(int row, int column) { return 5 * row + column; }

/// A digital X-ray of kBuiltSide² pixels of 8 bits; `extra` stands before the group of the pixels.
inline std::string built_data_set(const Writer& write, const std::string& extra = {}) {
  std::string pixels;
  for (int row = 0; row < kBuiltSide; ++row)
    for (int column = 0; column < kBuiltSide; ++column)
      pixels += static_cast<char>(built_grey(row, column));
  return write.element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.1.1") +
         write.element(0x00080060, "CS", "DX") + extra + write.us(0x00280002, 1) +
         write.element(0x00280004, "CS", "MONOCHROME2") + write.us(0x00280010, kBuiltSide) +
         write.us(0x00280011, kBuiltSide) + write.us(0x00280100, 8) + write.us(0x00280101, 8) +
         write.us(0x00280102, 7) + write.us(0x00280103, 0) +
         write.element(0x7FE00010, "OB", pixels);
}

/// A file: preamble, prefix, meta header of that transfer syntax, data set.
inline std::string built_file(std::string_view uid, const std::string& data_set,
                              const std::string& preamble_begin = {}) {
  const Writer meta;
  const std::string elements = meta.element(0x00020010, "UI", std::string(uid));
  std::string preamble(128, '\0');
  preamble.replace(0, preamble_begin.size(), preamble_begin);
  return preamble + "DICM" +
         meta.element(0x00020000, "UL", meta.number(static_cast<uint32_t>(elements.size()), 4)) +
         elements + data_set;
}

}  // namespace cxrnet::imaging
