#include "cxrnet/data/importer.h"

#include <algorithm>
#include <optional>
#include <regex>
#include <set>
#include <string_view>

#include "cxrnet/core/error.h"
#include "cxrnet/core/image_files.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/data/splits.h"
#include "import_masks.h"
#include "text.h"

namespace cxrnet::data {
namespace {

namespace fs = std::filesystem;

struct FolderLabel {
  std::string_view folder, label;
};
constexpr const char* kGroupSplit = "group_split";
constexpr const char* kPaperSplit = "paper_split";
constexpr std::array<FolderLabel, 9> kFolderLabels{{{"healthy", "healthy"},
                                                    {"normal", "healthy"},
                                                    {"bacterial", "bacterial"},
                                                    {"bacteria", "bacterial"},
                                                    {"viral", "viral"},
                                                    {"virus", "viral"},
                                                    {"covid19", "covid19"},
                                                    {"covid", "covid19"},
                                                    {"covid-19", "covid19"}}};

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

// One image file and what its name and folders tell.
class ImportedFile {
 public:
  ImportedFile(fs::path relative, fs::path mask)
      : relative_(std::move(relative)),
        mask_(std::move(mask)),
        stem_((has_image_suffix(relative_) ? relative_.stem() : relative_.filename()).string()) {
    for (const auto& part : relative_.parent_path()) folders_.push_back(lower_case(part.string()));
  }

  const fs::path& relative() const { return relative_; }
  const fs::path& mask() const { return mask_; }  // empty: none
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

  fs::path relative_, mask_;
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

// Folders that cannot be read end the import; what else is in the way is left out, and noted.
void note_unread(const std::vector<UnreadPath>& unread, std::vector<std::string>& notes) {
  for (const auto& [path, error] : unread) {
    std::error_code ignored;
    if (error.code() == ErrorCode::not_found && !fs::is_symlink(path, ignored)) throw error;
    if (fs::is_directory(path, ignored)) throw error;
  }
  if (unread.empty()) return;
  notes.push_back(std::to_string(unread.size()) +
                  " links to nothing, or files that cannot be read, are left out");
}

// A manifest is UTF-8 text without control characters, and so are the names that it can hold.
void leave_out_odd_names(std::vector<fs::path>& paths, std::vector<std::string>& notes) {
  std::string example;
  const auto odd = std::erase_if(paths, [&](const fs::path& path) {
    if (find_no_text(path.native()) == path.native().size()) return false;
    example = in_quotes(path.filename().native());
    return true;
  });
  if (odd == 0) return;
  notes.push_back(std::to_string(odd) + " images are left out, since their names are not UTF-8 " +
                  "text without control characters, such as " + example + "; rename them");
}

std::vector<ImportedFile> find_files(const fs::path& folder, std::vector<std::string>& notes) {
  auto found = find_images(folder);
  note_unread(found.unread, notes);
  for (auto& path : found.files) path = path.lexically_relative(folder);
  leave_out_odd_names(found.files, notes);
  auto sorted = take_masks_apart(found.files, notes);
  std::vector<ImportedFile> files;
  for (std::size_t i = 0; i < sorted.pictures.size(); ++i)
    files.emplace_back(std::move(sorted.pictures[i]), std::move(sorted.masks[i]));
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

// File names where they are unique, else whole relative paths with _ for /, else these as they are.
void set_image_ids(const std::vector<ImportedFile>& files, std::vector<ManifestRow>& rows) {
  const auto stem = [](const ImportedFile& file) { return std::string(trimmed(file.stem())); };
  const auto path = [](const ImportedFile& file) { return file.relative().generic_string(); };
  const auto joined = [&](const ImportedFile& file) {
    auto id = path(file);
    std::replace(id.begin(), id.end(), '/', '_');
    return id;
  };
  const auto set_unique = [&](const auto& id_of) {
    std::set<std::string> ids;
    for (std::size_t i = 0; i < files.size(); ++i) ids.insert(rows[i].image_id = id_of(files[i]));
    return ids.size() == files.size() && !ids.contains("");
  };
  if (!set_unique(stem) && !set_unique(joined)) set_unique(path);
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
    rows[i].columns[kGroupSplit] = to_string(by_group[i]);
    rows[i].columns[kPaperSplit] = to_string(at_random[i]);
  }
}

// By the rule that train and evaluate go by. The split by patient has no leak; if it had, it must
// not be written. The paper's, which is at random, is written with what is wrong with it.
std::map<std::string, std::size_t> count_leaks(const Manifest& manifest,
                                               std::vector<std::string>& notes) {
  std::vector<std::string> groups;
  std::vector<std::size_t> lines;
  for (const auto& row : manifest.rows) {
    groups.push_back(group_of(row));
    lines.push_back(row.line);
  }
  require_no_leak(groups, split_cells(manifest, kGroupSplit), lines, "", false);
  const auto leaks = find_leaks(groups, split_cells(manifest, kPaperSplit)).size();
  if (leaks > 0) {
    notes.push_back("paper_split is at random, as in the paper, and has " + std::to_string(leaks) +
                    " patients on both sides: figures on it are too good, and train and evaluate "
                    "refuse it without --allow-leak; group_split has none");
  }
  return {{kGroupSplit, 0}, {kPaperSplit, leaks}};
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

ImportedFolder import_folder(const fs::path& folder, const ImportOptions& options) {
  validate(options);
  const auto pattern = compile(options.patient_pattern);
  std::vector<std::string> notes;
  const auto files = find_files(folder, notes);
  Manifest manifest{folder,
                    {"image_id", "path", "label", "source", "patient_id", kGroupSplit, kPaperSplit},
                    std::vector<ManifestRow>(files.size())};
  for (std::size_t i = 0; i < files.size(); ++i) {
    ManifestRow& row = manifest.rows[i];
    row.path = files[i].relative().generic_string();
    row.label = *files[i].label();
    row.source = options.source;
    row.patient_id = files[i].patient(pattern);
    row.mask_path = files[i].mask().generic_string();
  }
  set_image_ids(files, manifest.rows);
  set_splits(manifest.rows, options);
  const bool has_masks = std::any_of(files.begin(), files.end(),
                                     [](const ImportedFile& file) { return !file.mask().empty(); });
  if (has_masks) {
    manifest.header.emplace_back("mask_path");
    keep_good_masks(folder, manifest.rows, notes);
  }
  for (auto& note : notes_on(manifest.rows)) notes.push_back(std::move(note));
  auto checked = parse_manifest(format_manifest(manifest), folder);  // lines and columns are set
  auto leaks = count_leaks(checked, notes);
  return {std::move(checked), std::move(notes), std::move(leaks)};
}

}  // namespace cxrnet::data
