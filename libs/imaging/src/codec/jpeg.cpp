// JPEG by libjpeg itself rather than through OpenCV, which fills up truncated files with grey,
// hides libjpeg's warnings from the caller and prints them. Grey comes from the file's own luma,
// which is Rec. 601.
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <string>

// After <cstdio>, which they need.
#include <jerror.h>
#include <jpeglib.h>

#include "bounds/byte_reader.h"
#include "bounds/image_limits.h"
#include "codec/exif.h"
#include "codec/raster.h"
#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

constexpr std::string_view kSubject = "JPEG image";
constexpr int kMaxScans = 200;  // progressive files of honest encoders have about ten
constexpr int64_t kBestCompression =
    512;  // pixels per byte: every 8 × 8 block costs at least one bit
constexpr int kExifMarker = JPEG_APP0 + 1;

// What libjpeg reports, kept instead of printed.
struct Messages {
  jpeg_error_mgr base;
  std::jmp_buf failed;
  bool damaged;      // pixels were made up where data are missing or wrong
  bool unsupported;  // a variant that libjpeg does not decode
};

Messages& messages_of(j_common_ptr common) { return *reinterpret_cast<Messages*>(common->err); }

[[noreturn]] void on_error(j_common_ptr common) {
  Messages& messages = messages_of(common);
  const int code = messages.base.msg_code;
  messages.unsupported =
      code == JERR_SOF_UNSUPPORTED || code == JERR_BAD_PRECISION || code == JERR_ARITH_NOTIMPL;
  std::longjmp(messages.failed, 1);
}

void on_warning(j_common_ptr common, int level) {
  if (level >= 0) return;  // a trace message
  Messages& messages = messages_of(common);
  switch (messages.base.msg_code) {
    case JWRN_EXTRANEOUS_DATA:  // padding before a marker: cameras and scanners do that
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
      break;
    default:
      messages.damaged = true;
      std::longjmp(messages.failed, 1);
  }
}

void ignore_message(j_common_ptr) {}

void limit_scans(j_common_ptr common) {
  auto* jpeg = reinterpret_cast<j_decompress_ptr>(common);
  if (jpeg->input_scan_number > kMaxScans) std::longjmp(messages_of(common).failed, 1);
}

// One decompression. libjpeg leaves by longjmp, so the functions that call setjmp hold no objects
// with destructors.
class Decompressor {
 public:
  explicit Decompressor(std::string_view bytes) {
    jpeg_.err = jpeg_std_error(&messages_.base);
    messages_.base.error_exit = on_error;
    messages_.base.emit_message = on_warning;
    messages_.base.output_message = ignore_message;
    jpeg_create_decompress(&jpeg_);
    progress_.progress_monitor = limit_scans;
    jpeg_.progress = &progress_;
    jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_save_markers(&jpeg_, kExifMarker, 0xFFFF);
  }
  ~Decompressor() { jpeg_destroy_decompress(&jpeg_); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  [[nodiscard]] bool read_header() {
    if (setjmp(messages_.failed) != 0) return false;
    jpeg_read_header(&jpeg_, TRUE);
    return true;
  }

  [[nodiscard]] bool read_grey(uchar* pixels, std::size_t row_bytes) {
    if (setjmp(messages_.failed) != 0) return false;
    jpeg_.out_color_space = JCS_GRAYSCALE;
    jpeg_start_decompress(&jpeg_);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      JSAMPROW row = pixels + jpeg_.output_scanline * row_bytes;
      jpeg_read_scanlines(&jpeg_, &row, 1);
    }
    jpeg_finish_decompress(&jpeg_);
    return true;
  }

  const jpeg_decompress_struct& state() const { return jpeg_; }
  bool unsupported() const { return messages_.unsupported; }

 private:
  jpeg_decompress_struct jpeg_{};
  Messages messages_{};
  jpeg_progress_mgr progress_{};
};

[[noreturn]] void throw_unsupported(std::string_view got) {
  throw Error(ErrorCode::unsupported_format,
              "JPEG image: expected the baseline or progressive 8-bit kind, got " +
                  std::string(got) + "; convert it to PNG");
}

// The kind that a frame header's marker stands for (ISO/IEC 10918-1, table B.1; 14495-1), where
// libjpeg does not decode it; else nothing.
std::string_view foreign_process(int marker, int precision) {
  switch (marker) {
    case 0xC3:
    case 0xCB:
      return "a lossless one";
    case 0xC5:
    case 0xC6:
    case 0xC7:
    case 0xCD:
    case 0xCE:
    case 0xCF:
      return "a hierarchical one";
    case 0xF7:
      return "a JPEG-LS file";
    default:
      return precision == 12 ? "one with 12 bits" : std::string_view{};
  }
}

bool is_frame_header(int marker) {
  const bool is_table = marker == 0xC4 || marker == 0xC8 || marker == 0xCC;  // DHT, JPG, DAC
  return (marker >= 0xC0 && marker <= 0xCF && !is_table) || marker == 0xF7;
}

// Walks the marker segments up to the frame header. What is broken is left to libjpeg.
void require_decodable_process(std::string_view bytes) {
  constexpr int kTem = 0x01, kFirstRestart = 0xD0, kStart = 0xD8, kEnd = 0xD9, kScan = 0xDA;
  const ByteReader reader(bytes, Endian::big, kSubject);
  std::size_t at = 2;
  while (at + 4 < bytes.size() && reader.u8(at) == 0xFF) {
    const int marker = reader.u8(at + 1);
    if (is_frame_header(marker)) {
      const auto process = foreign_process(marker, reader.u8(at + 4));
      if (!process.empty()) throw_unsupported(process);
    }
    if (is_frame_header(marker) || marker == kScan || marker == kEnd) return;
    if (marker == 0xFF) {
      ++at;  // a fill byte (B.1.1.2)
    } else {
      const bool is_alone = marker == kTem || (marker >= kFirstRestart && marker <= kStart);
      at += is_alone ? 2U : 2U + reader.u16(at + 2);
    }
  }
}

[[noreturn]] void throw_failure(const Decompressor& decompressor) {
  if (decompressor.unsupported()) throw_unsupported("another");
  throw_corrupt(kSubject, "complete and valid data", "missing or invalid ones");
}

void require_foldable_colour(J_COLOR_SPACE space) {
  if (space == JCS_GRAYSCALE || space == JCS_YCbCr || space == JCS_RGB) return;
  throw Error(ErrorCode::unsupported_colour,
              "JPEG image: expected grey, YCbCr or RGB, got CMYK or another colour "
              "model; convert it to grey");
}

// The orientation of the EXIF block, 1 (upright) where there is none. libjpeg drops its markers
// after decoding.
int orientation_of(const jpeg_decompress_struct& jpeg) {
  using namespace std::string_view_literals;
  constexpr auto kExifHeader = "Exif\0\0"sv;
  for (auto* marker = jpeg.marker_list; marker != nullptr; marker = marker->next) {
    const std::string_view block(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (block.starts_with(kExifHeader)) return exif_orientation(block.substr(kExifHeader.size()));
  }
  return 1;
}

}  // namespace

Raster decode_jpeg(std::string_view bytes) {
  require_decodable_process(bytes);
  Decompressor decompressor(bytes);
  if (!decompressor.read_header()) throw_failure(decompressor);
  const auto& jpeg = decompressor.state();
  require_decodable_size(jpeg.image_width, jpeg.image_height);
  require_foldable_colour(jpeg.jpeg_color_space);
  require_plausible_size(kSubject, bytes.size(), int64_t{jpeg.image_width} * jpeg.image_height,
                         kBestCompression);

  const int orientation = orientation_of(jpeg);
  cv::Mat pixels(static_cast<int>(jpeg.image_height), static_cast<int>(jpeg.image_width), CV_8UC1);
  if (!decompressor.read_grey(pixels.data, pixels.step[0])) throw_failure(decompressor);
  Raster image;
  image.codes = upright(pixels, orientation);
  image.format = "jpeg";
  image.was_colour = jpeg.num_components > 1;
  return image;
}

}  // namespace cxrnet::imaging
