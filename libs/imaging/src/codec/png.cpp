// PNG (ISO/IEC 15948) by libpng.
#include <png.h>

#include <bit>
#include <csetjmp>
#include <cstring>
#include <vector>

#include "bounds/image_limits.h"
#include "codec/exif.h"
#include "codec/raster.h"

namespace cxrnet::imaging {
namespace {

constexpr std::string_view kSubject = "PNG image";
constexpr int64_t kDeflateRatio = 1032;  // most bytes that deflate makes of one (RFC 1951)

void on_error(png_structp png, png_const_charp) { png_longjmp(png, 1); }
void on_warning(png_structp, png_const_charp) {}

// One read. libpng leaves by longjmp, so the functions that call setjmp hold no objects with
// destructors.
class Reader {
 public:
  explicit Reader(std::string_view bytes)
      : rest_(bytes),
        png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning)),
        info_(png_ != nullptr ? png_create_info_struct(png_) : nullptr) {
    if (info_ != nullptr) png_set_read_fn(png_, this, take);
  }
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[nodiscard]] bool read_header() {
    if (info_ == nullptr || setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_info(png_, info_);
    return true;
  }

  // Asks for 8 or 16 bits in this machine's byte order, grey or RGB, without alpha.
  [[nodiscard]] bool choose_output() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_expand(png_);
    png_set_strip_alpha(png_);
    if constexpr (std::endian::native == std::endian::little) png_set_swap(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  [[nodiscard]] bool read_rows(png_bytepp rows) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_image(png_, rows);
    png_read_end(png_, info_);
    return true;
  }

  int columns() const { return static_cast<int>(png_get_image_width(png_, info_)); }
  int rows() const { return static_cast<int>(png_get_image_height(png_, info_)); }
  int bits() const { return png_get_bit_depth(png_, info_); }
  int channels() const { return png_get_channels(png_, info_); }
  bool has_colour() const { return (png_get_color_type(png_, info_) & PNG_COLOR_MASK_COLOR) != 0; }

  int orientation() const {
    png_uint_32 length = 0;
    png_bytep block = nullptr;
    if (png_get_eXIf_1(png_, info_, &length, &block) == 0) return 1;
    return exif_orientation({reinterpret_cast<const char*>(block), length});
  }

 private:
  static void take(png_structp png, png_bytep target, std::size_t length) {
    auto& rest = static_cast<Reader*>(png_get_io_ptr(png))->rest_;
    if (length > rest.size()) png_error(png, "early end");
    std::memcpy(target, rest.data(), length);
    rest.remove_prefix(length);
  }

  std::string_view rest_;
  png_structp png_;
  png_infop info_;
};

void require(bool success) {
  if (!success) throw_corrupt(kSubject, "complete and valid data", "missing or invalid ones");
}

}  // namespace

Raster decode_png(std::string_view bytes) {
  Reader reader(bytes);
  require(reader.read_header());
  require_decodable_size(reader.columns(), reader.rows());
  const int64_t pixel_bits = int64_t{reader.bits()} * reader.channels();
  require_plausible_size(kSubject, bytes.size(),
                         int64_t{reader.columns()} * reader.rows() * pixel_bits / 8, kDeflateRatio);
  Raster image;
  image.format = "png";
  image.stored_bits = reader.bits();
  image.was_colour = reader.has_colour();

  require(reader.choose_output());
  const int depth = reader.bits() == 16 ? CV_16U : CV_8U;
  cv::Mat pixels(reader.rows(), reader.columns(), CV_MAKETYPE(depth, reader.channels()));
  std::vector<png_bytep> rows(static_cast<std::size_t>(pixels.rows));
  for (int row = 0; row < pixels.rows; ++row) rows[static_cast<std::size_t>(row)] = pixels.ptr(row);
  require(reader.read_rows(rows.data()));
  image.codes = upright(folded_to_grey(pixels), reader.orientation());
  return image;
}

}  // namespace cxrnet::imaging
