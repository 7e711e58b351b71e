#include "study/pictures.h"

#include <algorithm>
#include <optional>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "page/picture.h"
#include "study/svg.h"

namespace cxrnet::report {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPngSignature("\x89PNG\r\n\x1A\n", 8);
constexpr std::size_t kSizeAt = 16;  // of width and height inside a PNG file
constexpr std::size_t kShortestPng =
    24;  // signature and the part of the header that holds the size

Html remark(std::string_view text) { return element("span", {{"class", "undefined"}}, text); }

bool leads_out(const fs::path& name) {
  return name.empty() || !name.is_relative() ||
         std::find(name.begin(), name.end(), fs::path("..")) != name.end();
}

// Four bytes, most significant first.
uint32_t big_endian(std::string_view bytes) {
  uint32_t number = 0;
  for (const char byte : bytes.substr(0, 4))
    number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

}  // namespace

Html study_picture(const fs::path& folder, const std::string& name,
                   std::string_view alternative_text) {
  if (name.empty()) return remark("no picture");
  if (leads_out(name)) return remark("picture outside of the study's folder, not shown");
  std::string bytes;
  try {
    bytes = read_file(folder / name, kLargestPicture);
  } catch (const Error& error) {
    return remark("picture not readable: " + std::string(reason_code(error.code())));
  }
  const std::string_view png(bytes);
  if (png.size() < kShortestPng || !png.starts_with(kPngSignature))
    return remark("picture is not a PNG file");
  return void_element("img", {{"src", "data:image/png;base64," + base64(bytes)},
                              {"alt", alternative_text},
                              {"width", std::to_string(big_endian(png.substr(kSizeAt)))},
                              {"height", std::to_string(big_endian(png.substr(kSizeAt + 4)))}});
}

Html study_figure(const fs::path& folder, std::string_view name, std::string_view title,
                  const Html& caption) {
  const std::string file = std::string(name) + ".svg";
  Html drawing;
  try {
    drawing = clean_svg(read_file(folder / "figures" / file), name, title);
  } catch (const Error& error) {
    drawing = element("p", {{"class", "undefined"}}, "The diagram ", file,
                      " could not be shown: ", reason_code(error.code()),
                      ". The tables below hold its numbers.");
  }
  return element("figure", {{"class", "plot"}}, drawing, element("figcaption", {}, caption));
}

}  // namespace cxrnet::report
