// The manifest: a CSV file (RFC 4180, UTF-8) with one row per image, and at least the columns
// `path` and `label`.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cxrnet::data {

/// One image. Fields but paths are without blanks around them. A field whose column is absent is
/// empty, except `image_id`, which is then the stem of `path`.
struct ManifestRow {
  std::string image_id;  ///< unique
  std::string path;      ///< as written: relative to the manifest's folder, or absolute
  std::string
      label;  ///< one of nn::kLabels; empty or another word only where ManifestOptions allow it
  std::string source;  ///< the collection that the image comes from
  std::string patient_id;
  std::string group_id;                        ///< the patient, widened where doubt remains
  std::string group;                           ///< see group_of; set by parse_manifest
  std::string mask_path;                       ///< lung mask; empty: none
  std::map<std::string, std::string> columns;  ///< every column as written
  std::size_t line = 0;                        ///< 1-based line of the file where the row starts
};

struct Manifest {
  std::filesystem::path folder;  ///< what relative paths start from
  std::vector<std::string> header;
  std::vector<ManifestRow> rows;
};

/// What a caller needs of the labels: evaluation needs them all, prediction none.
struct ManifestOptions {
  bool require_labels = true;        ///< the column `label` exists and no row leaves it empty
  bool require_known_labels = true;  ///< a label that is given is one of nn::kLabels
};

/// The most that is read of a manifest's file.
inline constexpr std::size_t kMaxManifestBytes = std::size_t{256} << 20;

/// Parses the text of a manifest. Column names count without blanks around them, those that have a
/// meaning (the fields above, splits) in upper and lower case alike. LF and CRLF end lines, a
/// byte-order mark and blank lines are skipped, and quoted fields may hold commas, doubled quotes
/// and line ends. Paths may be absolute or lead out of `folder`: a manifest is trusted to name its
/// images, and only those it names are read. Errors: invalid_manifest "manifest line L, column C
/// (name): expected X, got Y; remedy", where L counts lines and C fields, from 1.
Manifest parse_manifest(std::string_view text, const std::filesystem::path& folder,
                        const ManifestOptions& options = {});

/// Reads a file; `folder` is the file's. Errors: as read_file and parse_manifest.
Manifest read_manifest(const std::filesystem::path& path, const ManifestOptions& options = {});

/// The CSV text, with LF line ends, columns in the order of `header`; named fields of a row win
/// over `columns`.
std::string format_manifest(const Manifest& manifest);

/// Who must not be on both sides of a split: `group_id`, else `patient_id`, else `image_id`. Groups
/// that share a patient are one, named as the first of them, unless the patient is only a word for
/// nobody ("unknown").
const std::string& group_of(const ManifestRow& row);

/// A path of the manifest as one that can be opened.
std::filesystem::path resolve_path(const Manifest& manifest, const std::string& path);

/// A file that the manifest names and that is not there.
struct FileProblem {
  std::size_t line;     ///< of the manifest
  std::string message;  ///< "manifest line L, column C (name): expected ..., got ...; ..."
};

/// Every image and mask file that does not exist or is not a regular file, in the manifest's order.
std::vector<FileProblem> check_files(const Manifest& manifest);

/// The header's columns that hold a split: `split` and those that end in `_split`.
std::vector<std::string> split_columns(const std::vector<std::string>& header);

/// The indices of the rows whose `split_column` names `side` (see side_of), in order.
/// Errors: not_found, listing the split columns or the sides that exist.
std::vector<std::size_t> select_rows(const Manifest& manifest, const std::string& split_column,
                                     const std::string& side);

}  // namespace cxrnet::data
