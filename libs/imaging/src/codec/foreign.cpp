#include "codec/foreign.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace cxrnet::imaging {
namespace {

using namespace std::string_view_literals;

struct Kind {
  std::size_t offset;
  std::string_view bytes;
  std::string_view name;
};

constexpr Kind kKinds[] = {
    {0, "\0\0\0\x0cjP  \r\n\x87\n"sv, "JPEG 2000 (JP2)"},
    {0, "\xff\x4f\xff\x51"sv, "a JPEG 2000 codestream"},
    {0, "\0\0\0\x0cJXL \r\n\x87\n"sv, "JPEG XL"},
    {0, "\xff\x0a"sv, "JPEG XL"},
    {0, "GIF87a"sv, "a GIF picture"},
    {0, "GIF89a"sv, "a GIF picture"},
    {8, "WEBP"sv, "a WebP picture"},
    {4, "ftypavif"sv, "an AVIF picture"},
    {4, "ftypavis"sv, "an AVIF picture"},
    {4, "ftyphei"sv, "a HEIC picture"},
    {4, "ftyphev"sv, "a HEIC picture"},
    {4, "ftypmif1"sv, "a HEIC picture"},
    {4, "ftypmsf1"sv, "a HEIC picture"},
    {4, "ftyp"sv, "a video"},
    {0, "\x1a\x45\xdf\xa3"sv, "a video"},
    {8, "AVI "sv, "a video"},
    {0, "%PDF"sv, "a PDF document"},
    {0, "%!PS"sv, "a PostScript document"},
    {0, "{\\rtf"sv, "a text document (RTF)"},
    {0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "an Office document"},
    {0, "PK\x03\x04"sv, "a ZIP archive"},
    {0, "PK\x05\x06"sv, "a ZIP archive"},
    {0, "Rar!\x1a\x07"sv, "a RAR archive"},
    {0, "7z\xbc\xaf\x27\x1c"sv, "a 7-Zip archive"},
    {0, "\x1f\x8b"sv, "a gzip file (.gz, as of .nii.gz)"},
    {0, "BZh"sv, "a bzip2 file"},
    {0,
     "\xfd"
     "7zXZ\0"sv,
     "an XZ file"},
    {0, "\x28\xb5\x2f\xfd"sv, "a Zstandard file"},
    {257, "ustar"sv, "a TAR archive"},
    {344, "n+1\0"sv, "a NIfTI volume"},
    {344, "ni1\0"sv, "a NIfTI header"},
    {4, "n+2\0\r\n\x1a\n"sv, "a NIfTI volume"},
    {0, "NRRD000"sv, "an NRRD volume"},
    {0, "ObjectType = Image"sv, "a MetaImage header"},
    {0, "\x89HDF\r\n\x1a\n"sv, "an HDF5 file"},
    {0, "\x93NUMPY"sv, "a NumPy array"},
    {0, "MATLAB 5.0"sv, "a MATLAB file"},
    {0, "\x76\x2f\x31\x01"sv, "an OpenEXR picture"},
    {0, "#?RADIANCE"sv, "a Radiance HDR picture"},
    {0, "8BPS"sv, "a Photoshop document"},
    {0, "gimp xcf"sv, "a GIMP document"},
    {0, "DDS "sv, "a DDS texture"},
    {0, "\x8aMNG\r\n\x1a\n"sv, "an MNG animation"},
    {0, "SIMPLE  ="sv, "a FITS picture"},
    {0, "\0\0\1\0"sv, "an icon"},
    {0, "\0\0\2\0"sv, "a cursor"},
    {0, "\x0a\x05\x01"sv, "a PCX picture"},
    {0, "\xd7\xcd\xc6\x9a"sv, "a Windows metafile"},
    {0,
     "\x7f"
     "ELF"sv,
     "a program"},
    {0, "SQLite format 3\0"sv, "a database"},
    {0, "version https://git-lfs"sv, "a Git LFS pointer"},
};

// PNM: P1 … P7, Pf and PF, then white space.
bool is_pnm(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == 'P' && "1234567fF"sv.find(bytes[1]) != bytes.npos &&
         std::isspace(static_cast<unsigned char>(bytes[2])) != 0;
}

// The first words of a text, in lower case and without a byte order mark.
std::string first_words(std::string_view bytes) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  const auto start = bytes.find_first_not_of(" \t\r\n");
  if (start == bytes.npos) return {};
  std::string words(bytes.substr(start, 512));
  std::transform(words.begin(), words.end(), words.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return words;
}

std::string_view markup_kind(const std::string& words) {
  if (words.empty() || words[0] != '<') return {};
  if (words.find("<svg") != words.npos) return "an SVG drawing";
  if (words.starts_with("<!doctype html") || words.find("<html") != words.npos)
    return "a web page (HTML), as servers send in place of a picture";
  return words.starts_with("<?xml") ? "an XML document" : std::string_view{};
}

bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin(),
                     bytes.begin() + std::min<std::ptrdiff_t>(512, std::ssize(bytes)),
                     [](unsigned char byte) {
                       return byte >= 0x20 || byte == '\n' || byte == '\r' || byte == '\t';
                     });
}

}  // namespace

std::string_view foreign_kind(std::string_view bytes) {
  for (const auto& [offset, signature, name] : kKinds) {
    if (bytes.size() >= offset && bytes.substr(offset).starts_with(signature)) return name;
  }
  if (is_pnm(bytes)) return "a PNM picture (PBM, PGM, PPM)";
  if (const auto markup = markup_kind(first_words(bytes)); !markup.empty()) return markup;
  return is_text(bytes) ? "a text" : "something else";
}

}  // namespace cxrnet::imaging
