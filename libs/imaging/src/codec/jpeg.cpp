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

[[noreturn]] void throw_failure(const Decompressor& decompressor) {
  if (decompressor.unsupported()) {
    throw Error(ErrorCode::unsupported_format,
                "JPEG image: expected the baseline or progressive 8-bit kind, got another; convert "
                "it to PNG");
  }
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

GreyImage decode_jpeg(std::string_view bytes) {
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
  GreyImage image;
  image.pixels = upright(pixels, orientation);
  image.format = "jpeg";
  image.was_colour = jpeg.num_components > 1;
  return image;
}

}  // namespace cxrnet::imaging
