#include "cxrnet/core/output_record.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <vector>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/fingerprint.h"

namespace cxrnet {
namespace {

constexpr std::string_view kPicture = "picture";
constexpr std::string_view kFile = "file";
constexpr std::string_view kStem = "stem";
constexpr std::string_view kHexadecimal = "0123456789ABCDEF";

// Names may hold anything, line ends too.
std::string escaped(std::string_view name) {
  std::string text;
  for (const char letter : name) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x20 || letter == '%' || byte == 0x7F) {
      text += {'%', kHexadecimal[byte >> 4U], kHexadecimal[byte & 15U]};
    } else {
      text += letter;
    }
  }
  return text;
}

std::string unescaped(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr ==
            text.data() + i + 3) {
      name += static_cast<char>(byte);
      i += 2;
    } else {
      name += text[i];
    }
  }
  return name;
}

// The text before the first space, which is taken away with it.
std::string_view take_word(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

std::optional<std::string> fingerprint_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  Fingerprint fingerprint;
  std::vector<char> piece(std::size_t{1} << 16);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())), file.gcount() > 0)
    fingerprint.update({piece.data(), static_cast<std::size_t>(file.gcount())});
  if (!file.eof()) return std::nullopt;
  return fingerprint.hex();
}

}  // namespace

OutputRecord OutputRecord::read(const std::filesystem::path& folder) {
  OutputRecord record;
  std::string text;
  try {
    text = read_file(folder / kFileName);
  } catch (const Error&) {  // nothing is known then, and nothing is replaced
    return record;
  }
  std::string_view rest = text;
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    record.add_line(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  record.cut_off_ = !rest.empty();
  return record;
}

void OutputRecord::add_line(std::string_view line) {
  ++lines_;
  const auto kind = take_word(line);
  if (kind == kStem) {
    const std::string owner(take_word(line));
    return note_stem(unescaped(line), owner);
  }
  if (kind != kPicture && kind != kFile) return;
  WrittenFile file;
  if (kind == kPicture) file.kind = OutputKind::picture;
  const auto bytes = take_word(line);
  if (std::from_chars(bytes.data(), bytes.data() + bytes.size(), file.bytes).ec != std::errc())
    return;
  file.fingerprint = take_word(line);
  note_file(unescaped(line), file);
}

void OutputRecord::note_file(const std::string& name, const WrittenFile& file) {
  if (!contains(name, file)) files_.emplace(name, file);
  newest_[name] = file;
}

void OutputRecord::note_stem(const std::string& stem, const std::string& owner) {
  owners_[stem] = owner;
}

bool OutputRecord::contains(const std::string& name, const WrittenFile& file) const {
  const auto [first, last] = files_.equal_range(name);
  for (auto known = first; known != last; ++known) {
    if (known->second.bytes == file.bytes && known->second.fingerprint == file.fingerprint &&
        known->second.kind == file.kind)
      return true;
  }
  return false;
}

bool OutputRecord::is_as_written(const std::filesystem::path& file, bool pictures_only) const {
  const auto [first, last] = files_.equal_range(file.filename().string());
  if (first == last) return false;
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  std::optional<std::string> fingerprint;
  for (auto known = first; known != last; ++known) {
    const auto& written = known->second;
    if (written.bytes != static_cast<uintmax_t>(status.st_size)) continue;
    if (pictures_only && written.kind != OutputKind::picture) continue;
    if (!fingerprint) fingerprint = fingerprint_of_file(file);
    if (fingerprint == written.fingerprint) return true;
  }
  return false;
}

bool OutputRecord::wrote(const std::filesystem::path& file) const {
  return is_as_written(file, /*pictures_only=*/false);
}

bool OutputRecord::made_picture(const std::filesystem::path& file) const {
  return is_as_written(file, /*pictures_only=*/true);
}

std::string OutputRecord::owner_of(const std::string& stem) const {
  const auto found = owners_.find(stem);
  return found == owners_.end() ? std::string() : found->second;
}

std::string OutputRecord::file_line(const std::string& name, const WrittenFile& file) {
  return std::string(file.kind == OutputKind::picture ? kPicture : kFile) + " " +
         std::to_string(file.bytes) + " " + file.fingerprint + " " + escaped(name) + "\n";
}

std::string OutputRecord::stem_line(const std::string& stem, const std::string& owner) {
  return std::string(kStem) + " " + owner + " " + escaped(stem) + "\n";
}

std::string OutputRecord::text() const {
  std::string text;
  for (const auto& [name, file] : newest_) text += file_line(name, file);
  for (const auto& [stem, owner] : owners_) text += stem_line(stem, owner);
  return text;
}

}  // namespace cxrnet
