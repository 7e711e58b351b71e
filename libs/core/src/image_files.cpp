#include "cxrnet/core/image_files.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>

#include "cxrnet/core/output_record.h"

namespace cxrnet {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 13> kImageSuffixes{
    ".png", ".jpg", ".jpeg", ".jpe",   ".jfif", ".tif", ".tiff",
    ".bmp", ".dib", ".dcm",  ".dicom", ".dic",  ".ima"};
constexpr std::size_t kPreamble = 128;
constexpr std::size_t kHead = 1024;  // bytes that tell DICOM and its Media Storage SOP Class
constexpr std::string_view kMediaDirectory = "1.2.840.10008.1.3.10";  // PS3.6 table A-1

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) {
    return letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter;
  });
  return text;
}

std::string lower_suffix(const fs::path& path) { return lower_case(path.extension().string()); }

bool has_type_suffix(const fs::path& path) {
  const std::string suffix = lower_suffix(path);
  return suffix.size() > 1 && std::isalpha(static_cast<unsigned char>(suffix[1])) != 0;
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

bool is_named_dicomdir(const fs::path& path) {
  return lower_case(path.stem().string()) == "dicomdir";
}

Error unreadable(const char* expected, const std::error_code& failure) {
  return {ErrorCode::unreadable,
          std::string(expected) + ", got '" + failure.message() + "'; check its permissions"};
}

std::string read_head(const fs::path& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string head(kHead, '\0');
  if (file) file.read(head.data(), static_cast<std::streamsize>(head.size()));
  if (!file && !file.eof()) {
    throw unreadable("file: expected one whose first bytes can be read, to see whether it is DICOM",
                     std::error_code(errno, std::generic_category()));
  }
  head.resize(static_cast<std::size_t>(file.gcount()));
  return head;
}

uint16_t little_endian(std::string_view bytes, std::size_t at) {
  return static_cast<uint16_t>(static_cast<unsigned char>(bytes[at]) |
                               static_cast<unsigned char>(bytes[at + 1]) << 8);
}

// The Media Storage SOP Class UID (0002,0002) of a file's meta information, which is always
// Explicit VR Little Endian and in ascending order; empty: none within `head`.
std::string_view media_storage_class(std::string_view head) {
  constexpr std::size_t kElementHead = 8;
  std::size_t at = kPreamble + 4;
  while (at + kElementHead + 4 <= head.size() && little_endian(head, at) == 2) {
    const auto element = little_endian(head, at + 2);
    const auto vr = head.substr(at + 4, 2);
    std::size_t length = little_endian(head, at + 6);
    at += kElementHead;
    if (vr == "OB" || vr == "UN") {  // (0002,0001), (0002,0102): a long length behind two zeros
      length = little_endian(head, at) | static_cast<std::size_t>(little_endian(head, at + 2))
                                             << 16;
      at += 4;
    }
    if (element == 2) return head.substr(at, length);
    at += length;
  }
  return {};
}

bool is_media_directory(std::string_view head) {
  auto uid = media_storage_class(head);
  while (uid.ends_with('\0') || uid.ends_with(' ')) uid.remove_suffix(1);
  return uid == kMediaDirectory;
}

bool has_wildcard(const std::string& text) { return text.find_first_of("*?[") != text.npos; }

// The entries of a folder, sorted.
std::vector<fs::path> list_entries(const fs::path& folder, std::error_code& failure) {
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    entries.push_back(entry->path());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_around(const fs::path& outer, const fs::path& inner) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// What has a name of its own below the folder is walked first; links come after, so that they only
// add what is not there yet.
class ImageSearch {
 public:
  FoundImages run(const fs::path& folder) {
    std::error_code failure;
    const auto real = fs::canonical(folder, failure);
    if (failure) {
      refuse(folder, failure == std::errc::no_such_file_or_directory
                         ? Error(ErrorCode::not_found,
                                 "folder: expected an existing folder, got none; check the path")
                         : unreadable("folder: expected a readable folder", failure));
      return std::move(found_);
    }
    walk({.shown = folder, .real = real});
    while (!links_.empty()) {
      auto links = std::exchange(links_, {});
      std::sort(links.begin(), links.end(),
                [](const Place& a, const Place& b) { return a.shown < b.shown; });
      for (const auto& link : links) follow(link);
    }
    std::sort(found_.files.begin(), found_.files.end());
    std::sort(found_.own_pictures.begin(), found_.own_pictures.end());
    std::sort(found_.unread.begin(), found_.unread.end(),
              [](const UnreadPath& a, const UnreadPath& b) { return a.path < b.path; });
    return std::move(found_);
  }

 private:
  struct Place {
    fs::path shown;  // as reached from the folder that was asked for
    fs::path real;   // without links on the way; of a link: where it lies
  };

  void refuse(const fs::path& path, Error error) {
    found_.unread.push_back({path, std::move(error)});
  }

  void walk(Place start) {
    std::vector<Place> folders{std::move(start)};
    while (!folders.empty()) {
      const Place folder = std::move(folders.back());
      folders.pop_back();
      if (!seen_.insert(folder.real.native()).second) continue;
      std::error_code failure;
      for (const auto& entry : list_entries(folder.shown, failure)) {
        if (is_hidden(entry)) continue;
        Place place{.shown = entry, .real = folder.real / entry.filename()};
        std::error_code ignored;
        const auto status = fs::symlink_status(entry, ignored);
        if (fs::is_symlink(status)) {
          links_.push_back(std::move(place));
        } else if (fs::is_directory(status)) {
          folders.push_back(std::move(place));
        } else if (fs::is_regular_file(status)) {
          add_file(place);
        }
      }
      if (failure) refuse(folder.shown, unreadable("folder: expected a readable folder", failure));
    }
  }

  void follow(const Place& link) {
    std::error_code failure;
    const auto target = fs::canonical(link.shown, failure);
    const auto status = failure ? fs::file_status{} : fs::status(target, failure);
    if (failure) {
      if (!has_image_suffix(link.shown)) return;
      refuse(link.shown, Error(ErrorCode::not_found,
                               "link: expected one to an existing file, got '" + failure.message() +
                                   "'; fetch the file or remove the link"));
    } else if (fs::is_directory(status) && !is_around(target, link.real)) {
      walk({.shown = link.shown, .real = target});
    } else if (fs::is_regular_file(status)) {
      add_file({.shown = link.shown, .real = target});
    }
  }

  void add_file(const Place& file) {
    try {
      if (!is_image_file(file.shown) || !seen_.insert(file.real.native()).second) return;
      const bool own = record_of(file.real.parent_path()).made_picture(file.real);
      (own ? found_.own_pictures : found_.files).push_back(file.shown);
    } catch (const Error& error) {
      refuse(file.shown, error);
    }
  }

  const OutputRecord& record_of(const fs::path& folder) {
    if (records_.count(folder) == 0) records_.emplace(folder, OutputRecord::read(folder));
    return records_.at(folder);
  }

  FoundImages found_;
  std::map<fs::path, OutputRecord> records_;  // of the folders with images
  std::vector<Place> links_;
  std::unordered_set<std::string> seen_;  // real paths of folders and files
};

}  // namespace

bool has_image_suffix(const fs::path& path) {
  const std::string suffix = lower_suffix(path);
  return std::find(kImageSuffixes.begin(), kImageSuffixes.end(), suffix) != kImageSuffixes.end();
}

bool begins_as_dicom(std::string_view head) {
  if (head.size() >= kPreamble + 4 && head.substr(kPreamble, 4) == "DICM") return true;
  if (head.size() < 8) return false;
  const auto is_upper = [&](std::size_t i) { return head[i] >= 'A' && head[i] <= 'Z'; };
  const bool group_fits = (head[0] == 2 || head[0] == 8) && head[1] == 0 && head[3] == 0;
  const bool is_explicit = is_upper(4) && is_upper(5);
  const bool is_implicit = head[6] == 0 && head[7] == 0;
  return group_fits && (is_explicit || is_implicit);
}

bool is_dicom_directory(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  if (is_named_dicomdir(path)) return true;
  const auto head = read_head(path);
  return begins_as_dicom(head) && is_media_directory(head);
}

bool is_image_file(const fs::path& path) {
  std::error_code ignored;
  if (is_named_dicomdir(path) || !fs::is_regular_file(path, ignored)) return false;
  if (has_image_suffix(path)) return true;
  if (has_type_suffix(path)) return false;
  const auto head = read_head(path);
  return begins_as_dicom(head) && !is_media_directory(head);
}

FoundImages find_images(const fs::path& folder) { return ImageSearch().run(folder); }

std::vector<fs::path> match_pattern(const fs::path& pattern) {
  std::vector<fs::path> found{pattern.root_path()};
  for (const auto& part : pattern.relative_path()) {
    std::vector<fs::path> next;
    for (const auto& base : found) {
      std::error_code failure;
      if (part.empty()) {  // a slash at the end: folders alone
        if (fs::is_directory(base, failure)) next.push_back(base);
      } else if (fs::exists(fs::symlink_status(base / part, failure))) {
        next.push_back(base / part);
      } else if (has_wildcard(part.string())) {
        for (const auto& entry : list_entries(base.empty() ? "." : base, failure)) {
          if (::fnmatch(part.c_str(), entry.filename().c_str(), FNM_PERIOD) == 0)
            next.push_back(base / entry.filename());
        }
      }
    }
    found = std::move(next);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace cxrnet
