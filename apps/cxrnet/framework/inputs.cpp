#include "framework/inputs.h"

#include <glob.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <sstream>

#include "cxrnet/core/files.h"

namespace cxrnet::app {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 9> kImageSuffixes{".png", ".jpg", ".jpeg",  ".tif", ".tiff",
                                                         ".bmp", ".dcm", ".dicom", ".dic"};
constexpr std::size_t kMaxListBytes = std::size_t{64} << 20;

std::string lower_suffix(const fs::path& path) {
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char letter) { return std::tolower(letter); });
  return suffix;
}

bool has_image_suffix(const fs::path& path) {
  const std::string suffix = lower_suffix(path);
  return std::find(kImageSuffixes.begin(), kImageSuffixes.end(), suffix) != kImageSuffixes.end();
}

// PS3.10: a 128-byte preamble, then "DICM".
bool begins_as_dicom(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 132> head{};
  return file.read(head.data(), head.size()) && std::string_view(head.data() + 128, 4) == "DICM";
}

// A suffix in the sense of a file type: a letter follows the dot. "1.2.840.113" has none.
bool has_type_suffix(const fs::path& path) {
  const std::string suffix = lower_suffix(path);
  return suffix.size() > 1 && std::isalpha(static_cast<unsigned char>(suffix[1])) != 0;
}

bool is_image_file(const fs::path& path) {
  return has_image_suffix(path) || (!has_type_suffix(path) && begins_as_dicom(path));
}

class Expansion {
 public:
  void add_argument(const std::string& argument) {
    if (argument.starts_with('@')) {
      add_list(argument);
    } else {
      add_named(argument, argument);
    }
  }

  Inputs take() { return std::move(inputs_); }

 private:
  void refuse(const std::string& input, ErrorCode code, const std::string& message) {
    inputs_.refused.push_back({input, code, message});
  }

  void add_named(const fs::path& path, const std::string& name) {
    std::error_code failure;
    const auto status = fs::status(path, failure);
    if (fs::is_directory(status)) {
      add_folder_argument(path, name);
    } else if (fs::exists(status)) {
      add_file(path);
    } else if (failure && failure != std::errc::no_such_file_or_directory &&
               failure != std::errc::not_a_directory) {
      refuse(name, ErrorCode::unreadable,
             "input: expected a readable path, got '" + failure.message() +
                 "'; check the permissions");
    } else if (name.find_first_of("*?[") != std::string::npos) {
      add_glob(path, name);
    } else {
      refuse(name, ErrorCode::not_found,
             "input: expected an existing file or folder, got none; check the path");
    }
  }

  void add_file(const fs::path& path) {
    std::error_code failure;
    const fs::path canonical = fs::weakly_canonical(path, failure);
    if (seen_.insert(failure ? path : canonical).second) {
      inputs_.accepted.push_back({.path = path, .stem = unique_stem(path)});
    } else {
      ++repeated_;
    }
  }

  void add_folder_argument(const fs::path& folder, const std::string& name) {
    const std::size_t before = found();
    add_folder(folder);
    if (found() == before) {
      refuse(name, ErrorCode::empty_input,
             "folder: expected at least one image, got none; check the path");
    }
  }

  void add_folder(const fs::path& folder) {
    std::error_code failure;
    std::vector<fs::path> entries;
    for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
         entry.increment(failure)) {
      entries.push_back(entry->path());
    }
    if (failure) {
      refuse(folder.string(), ErrorCode::unreadable,
             "folder: expected a readable folder, got '" + failure.message() +
                 "'; check its permissions");
      return;
    }
    std::sort(entries.begin(), entries.end());
    for (const auto& entry : entries) {
      const auto status = fs::status(entry, failure);
      if (fs::is_directory(status) &&
          !fs::is_symlink(entry, failure)) {  // a link could lead round in a circle
        add_folder(entry);
      } else if (fs::is_regular_file(status) && is_image_file(entry)) {
        add_file(entry);
      }
    }
  }

  void add_glob(const fs::path& pattern, const std::string& name) {
    glob_t matches{};
    const int failed = ::glob(pattern.c_str(), 0, nullptr, &matches);
    std::vector<std::string> paths(matches.gl_pathv,
                                   matches.gl_pathv + (failed == 0 ? matches.gl_pathc : 0));
    ::globfree(&matches);
    for (const auto& path : paths) add_named(path, path);
    if (paths.empty()) {
      refuse(name, ErrorCode::empty_input,
             "pattern: expected at least one match, got none; check the pattern");
    }
  }

  void add_list(const std::string& argument) {
    const fs::path list = argument.substr(1);
    std::string text;
    try {
      text = read_file(list, kMaxListBytes);
    } catch (const Error& error) {
      refuse(argument, error.code(), error.what());
      return;
    }
    std::istringstream lines(text);
    bool any = false;
    for (std::string line; std::getline(lines, line);) {
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
      if (line.empty() || line.starts_with('#')) continue;
      any = true;
      add_named(list.parent_path() / line, line);
    }
    if (!any)
      refuse(argument, ErrorCode::empty_input,
             "list: expected at least one line, got none; check the file");
  }

  // The second "scan" becomes "scan-2", unless that name is taken, too.
  std::string unique_stem(const fs::path& path) {
    const std::string stem = output_stem(path);
    std::string candidate = stem;
    for (int number = 2; !stems_.insert(candidate).second; ++number)
      candidate = stem + "-" + std::to_string(number);
    return candidate;
  }

  std::size_t found() const { return inputs_.accepted.size() + inputs_.refused.size() + repeated_; }

  Inputs inputs_;
  std::set<fs::path> seen_;
  std::set<std::string> stems_;
  std::size_t repeated_ = 0;
};

}  // namespace

Inputs expand_inputs(const std::vector<std::string>& arguments) {
  Expansion expansion;
  for (const auto& argument : arguments) expansion.add_argument(argument);
  return expansion.take();
}

std::string output_stem(const std::filesystem::path& path) {
  return has_image_suffix(path) ? path.stem().string() : path.filename().string();
}

nlohmann::json refusals_to_json(const std::vector<Refusal>& refusals) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& refusal : refusals) {
    list.push_back({{"input", refusal.input},
                    {"code", std::string(reason_code(refusal.code))},
                    {"message", refusal.message}});
  }
  return list;
}

const std::string& require_data(const std::string& data) {
  if (!data.empty()) return data;
  throw Error(ErrorCode::invalid_option,
              "data: expected a manifest, got nothing; give --data manifest.csv");
}

Positional input_positional() {
  return {.name = "INPUT",
          .help = "images, folders, 'patterns*' or @list.txt",
          .required = true,
          .many = true};
}

}  // namespace cxrnet::app
