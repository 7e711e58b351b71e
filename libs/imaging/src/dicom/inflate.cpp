// Deflated data sets, inflated here and not by DCMTK, which takes whatever memory the stream asks
// for.
#include <dcmtk/dcmdata/dcdeftag.h>
#include <zlib.h>

#include <algorithm>
#include <optional>

#include "bounds/image_limits.h"
#include "dicom/elements.h"
#include "dicom/structure.h"

namespace cxrnet::imaging {
namespace {

constexpr std::string_view kDeflatedSubject = "deflated DICOM data set";
constexpr std::size_t kTailBytes = 1 << 20;  // what may follow the pixels

// A raw deflate stream (RFC 1951) that is taken in steps.
class Inflater {
 public:
  explicit Inflater(std::string_view deflated) {
    constexpr int kRawDeflate = -15;
    is_ready_ = inflateInit2(&stream_, kRawDeflate) == Z_OK;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(deflated.data()));
    stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(deflated.size(), UINT32_MAX));
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Appends up to `limit` bytes in all; true when that was the whole stream.
  bool extend(std::string& bytes, std::size_t limit) {
    constexpr std::size_t kStep = 1 << 18;
    int status = is_ready_ ? Z_OK : Z_MEM_ERROR;
    while (status == Z_OK && bytes.size() < limit) {
      const std::size_t before = bytes.size();
      bytes.resize(std::min(limit, before + kStep));
      stream_.next_out = reinterpret_cast<Bytef*>(bytes.data() + before);
      stream_.avail_out = static_cast<uInt>(bytes.size() - before);
      status = inflate(&stream_, Z_NO_FLUSH);
      bytes.resize(bytes.size() - stream_.avail_out);
    }
    if (status == Z_STREAM_END) return true;
    if (status == Z_OK) return false;
    throw_corrupt(kDeflatedSubject, "a complete deflate stream", "a truncated or damaged one");
  }

 private:
  z_stream stream_{};
  bool is_ready_ = false;
};

// Rows, Columns and what else tells how many bytes the pixels take.
class PixelSize {
 public:
  void note(const ElementHeader& header, const ByteReader& reader) {
    if (header.length != sizeof(uint16_t)) return;
    for (auto& [tag, value] : values_)
      if (header.tag == tag) value = reader.u16(header.value_at);
  }

  std::size_t bytes() const {
    const int64_t rows = values_[0].value, columns = values_[1].value;
    require_decodable_size(columns, rows);
    const int64_t samples = std::clamp(values_[2].value, 1, 3);
    const int64_t sample_bytes = values_[3].value > 8 ? 2 : 1;
    return static_cast<std::size_t>(rows * columns * samples * sample_bytes);
  }

 private:
  struct Value {
    DcmTagKey tag;
    int value = 0;
  };
  Value values_[4] = {{DCM_Rows}, {DCM_Columns}, {DCM_SamplesPerPixel}, {DCM_BitsAllocated}};
};

// The length of the data set by the size of its picture; nothing where it has none.
std::optional<std::size_t> stated_length(std::string_view head) {
  const ByteReader reader(head, Endian::little, kDeflatedSubject);
  PixelSize size;
  std::optional<std::size_t> length;
  visit_elements(head, EXS_LittleEndianExplicit, [&](const ElementHeader& header) {
    if (header.tag == DCM_PixelData) length = header.value_at + size.bytes() + kTailBytes;
    const bool ends_within =
        header.is_undefined() || header.length <= head.size() - header.value_at;
    if (length || !ends_within) return false;
    size.note(header, reader);
    return true;
  });
  return length;
}

}  // namespace

std::string inflated(std::string_view deflated) {
  Inflater inflater(deflated);
  std::string bytes;
  if (inflater.extend(bytes, kMaxHeadBytes)) return bytes;
  const auto length = stated_length(bytes);
  if (!length) {
    throw_corrupt(kDeflatedSubject,
                  "at most " + std::to_string(kMaxHeadBytes) + " bytes beside its pixels", "more");
  }
  bytes.reserve(*length);
  if (inflater.extend(bytes, *length)) return bytes;
  throw_corrupt(kDeflatedSubject, "as many bytes as its rows and columns call for", "more");
}

}  // namespace cxrnet::imaging
