#include "cxrnet/data/importer.h"

#include <algorithm>
#include <optional>
#include <regex>
#include <set>
#include <string_view>

#include "cxrnet/core/error.h"
#include "cxrnet/data/splits.h"

namespace cxrnet::data {
namespace {

namespace fs = std::filesystem;

struct FolderLabel {
  std::string_view folder, label;
};
constexpr std::array<FolderLabel, 9> kFolderLabels{{{"healthy", "healthy"},
                                                    {"normal", "healthy"},
                                                    {"bacterial", "bacterial"},
                                                    {"bacteria", "bacterial"},
                                                    {"viral", "viral"},
                                                    {"virus", "viral"},
                                                    {"covid19", "covid19"},
                                                    {"covid", "covid19"},
                                                    {"covid-19", "covid19"}}};
constexpr std::array<std::string_view, 8> kImageExtensions{".jpg",  ".jpeg", ".png", ".tif",
                                                           ".tiff", ".bmp",  ".dcm", ".dicom"};

// Kermany et al. name pneumonia "person12_bacteria_34.jpeg" and normals "IM-0115-0001.jpeg" or
// "NORMAL2-IM-0380-0001.jpeg".
const std::regex& kermany_pneumonia() {
  static const std::regex pattern(R"(^(person\d+)_(bacteria|virus)_\d+)");
  return pattern;
}
const std::regex& kermany_normal() {
  static const std::regex pattern(R"(^((?:NORMAL2-)?IM-\d+)-\d+)");
  return pattern;
}

std::string lower_case(std::string text) {
  for (char& character : text) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  }
  return text;
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

bool is_image(const fs::path& path) {
  const auto extension = lower_case(path.extension().string());
  return std::find(kImageExtensions.begin(), kImageExtensions.end(), extension) !=
         kImageExtensions.end();
}

// One image file and what its name and folders tell.
class ImportedFile {
 public:
  explicit ImportedFile(fs::path relative)
      : relative_(std::move(relative)), stem_(relative_.stem().string()) {
    for (const auto& part : relative_.parent_path()) folders_.push_back(lower_case(part.string()));
  }

  const fs::path& relative() const { return relative_; }
  const std::string& stem() const { return stem_; }

  std::optional<std::string> label() const {
    for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
      for (const auto& known : kFolderLabels) {
        if (*folder == known.folder) return std::string(known.label);
      }
      std::smatch match;
      if (*folder == "pneumonia" && std::regex_search(stem_, match, kermany_pneumonia())) {
        return match[2] == "bacteria" ? "bacterial" : "viral";
      }
    }
    return std::nullopt;
  }

  // Empty: the name does not tell.
  std::string patient(const std::optional<std::regex>& pattern) const {
    std::smatch match;
    if (pattern) return std::regex_search(stem_, match, *pattern) ? match[1].str() : "";
    for (const auto* kermany : {&kermany_pneumonia(), &kermany_normal()}) {
      if (std::regex_search(stem_, match, *kermany)) return part_prefix() + match[1].str();
    }
    return "";
  }

 private:
  std::string part_prefix() const {
    for (const auto& folder : folders_) {
      if (folder == "train" || folder == "test" || folder == "val") return folder + "_";
    }
    return "";
  }

  fs::path relative_;
  std::string stem_;
  std::vector<std::string> folders_;  // lower case, outermost first
};

std::optional<std::regex> compile(const std::string& pattern) {
  if (pattern.empty()) return std::nullopt;
  std::string got = "one without";
  try {
    std::regex compiled(pattern);
    if (compiled.mark_count() >= 1) return compiled;
  } catch (const std::regex_error&) {
    got = "one that does not parse";
  }
  throw Error(ErrorCode::invalid_option,
              "patient pattern: expected a regular expression with a group, got " + got +
                  "; mark the patient with parentheses, such as 'p([0-9]+)_'");
}

[[noreturn]] void throw_outside_class_folders(std::size_t images, std::size_t total) {
  std::vector<std::string> names;
  names.reserve(kFolderLabels.size());
  for (const auto& known : kFolderLabels) names.emplace_back(known.folder);
  throw Error(ErrorCode::invalid_option,
              "import: expected every image in a folder named " + join(names) + ", got " +
                  std::to_string(images) + " of " + std::to_string(total) +
                  " images elsewhere; rename the folders or move these images out");
}

std::vector<ImportedFile> find_files(const fs::path& folder) {
  std::vector<ImportedFile> files;
  for (const auto& path : list_images(folder)) files.emplace_back(path.lexically_relative(folder));
  if (files.empty()) {
    throw Error(
        ErrorCode::empty_input,
        "import: expected images (JPEG, PNG, TIFF, BMP, DICOM), got none; check the folder");
  }
  const auto outside = static_cast<std::size_t>(std::count_if(
      files.begin(), files.end(), [](const ImportedFile& file) { return !file.label(); }));
  if (outside > 0) throw_outside_class_folders(outside, files.size());
  return files;
}

// File names where they are unique, else whole relative paths with _ for /.
void set_image_ids(const std::vector<ImportedFile>& files, std::vector<ManifestRow>& rows) {
  std::set<std::string> stems;
  for (const auto& file : files) stems.insert(file.stem());
  const bool unique = stems.size() == files.size();
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::string id = files[i].stem();
    if (!unique) {
      id = files[i].relative().generic_string();
      std::replace(id.begin(), id.end(), '/', '_');
    }
    rows[i].image_id = id;
  }
}

void set_splits(std::vector<ManifestRow>& rows, const ImportOptions& options) {
  std::vector<std::string> labels, groups;
  for (const auto& row : rows) {
    labels.push_back(row.label);
    groups.push_back(group_of(row));
  }
  const auto seed = static_cast<uint64_t>(options.split_seed);
  const auto by_group = patient_grouped_split(labels, groups, options.test_fraction, seed);
  const auto at_random = random_stratified_split(labels, options.test_fraction, seed);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].columns["group_split"] = to_string(by_group[i]);
    rows[i].columns["paper_split"] = to_string(at_random[i]);
  }
}

std::vector<std::string> notes_on(const std::vector<ManifestRow>& rows) {
  const auto lone = std::count_if(rows.begin(), rows.end(),
                                  [](const auto& row) { return row.patient_id.empty(); });
  if (lone == 0) return {};
  return {std::to_string(lone) + " of " + std::to_string(rows.size()) +
          " images tell no patient: each counts as a patient of its own, so group_split may put "
          "one person on both sides; "
          "give --patient-pattern, or fill the column patient_id"};
}

}  // namespace

std::vector<fs::path> list_images(const fs::path& folder) {
  std::vector<fs::path> images;
  try {
    for (fs::recursive_directory_iterator entry(folder), end; entry != end; ++entry) {
      if (is_hidden(entry->path())) {
        if (entry->is_directory()) entry.disable_recursion_pending();
      } else if (is_image(entry->path()) && entry->is_regular_file()) {
        images.push_back(entry->path());
      }
    }
  } catch (const fs::filesystem_error& error) {
    const bool missing = error.code() == std::errc::no_such_file_or_directory;
    throw Error(
        missing ? ErrorCode::not_found : ErrorCode::unreadable,
        "folder: expected a readable folder, got '" + error.code().message() + "'; check it");
  }
  std::sort(images.begin(), images.end());
  return images;
}

ImportedFolder import_folder(const fs::path& folder, const ImportOptions& options) {
  validate(options);
  const auto pattern = compile(options.patient_pattern);
  const auto files = find_files(folder);
  Manifest manifest{
      folder,
      {"image_id", "path", "label", "source", "patient_id", "group_split", "paper_split"},
      std::vector<ManifestRow>(files.size())};
  for (std::size_t i = 0; i < files.size(); ++i) {
    ManifestRow& row = manifest.rows[i];
    row.path = files[i].relative().generic_string();
    row.label = *files[i].label();
    row.source = options.source;
    row.patient_id = files[i].patient(pattern);
  }
  set_image_ids(files, manifest.rows);
  set_splits(manifest.rows, options);
  auto notes = notes_on(manifest.rows);
  return {parse_manifest(format_manifest(manifest), folder),
          std::move(notes)};  // checked, lines and columns set
}

}  // namespace cxrnet::data
