// Which files are X-rays, and which of them a folder holds: one rule for every verb that takes
// folders.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "cxrnet/core/error.h"

namespace cxrnet {

/// Whether the name ends as an image's: .png .jpg .jpeg .jpe .jfif .tif .tiff .bmp .dib, and of
/// DICOM .dcm .dicom .dic .ima; upper and lower case alike.
bool has_image_suffix(const std::filesystem::path& path);

/// Whether the first bytes of a file are those of DICOM: "DICM" behind 128 bytes (PS3.10 7.1), or a
/// bare data set that starts with group 0002 or 0008.
bool begins_as_dicom(std::string_view head);

/// Whether a file is the table of contents of a DICOM medium (PS3.10 8.6): its name is DICOMDIR, or
/// its header says so. It holds no image; the folder in which it lies does.
bool is_dicom_directory(const std::filesystem::path& path);

/// Whether a folder's file counts as an X-ray: a regular file with an image's suffix, or without
/// any suffix of a type (a letter behind the dot, so that a DICOM UID as a name has none) and with
/// DICOM's first bytes, as on a CD. A DICOMDIR never does. Errors: unreadable when the first bytes
/// decide and cannot be read.
bool is_image_file(const std::filesystem::path& path);

/// What could not be looked at.
struct UnreadPath {
  std::filesystem::path path;
  Error error;  ///< unreadable; not_found for a link to nothing that is named as an image
};

struct FoundImages {
  std::vector<std::filesystem::path> files;  ///< sorted
  std::vector<UnreadPath> unread;            ///< sorted by path; the rest was found nevertheless
  /// What this program made of X-rays (see output_record.h), sorted: not among the files.
  std::vector<std::filesystem::path> own_pictures;
};

/// Every X-ray below `folder`. Hidden files and folders (a dot in front) are left out. Links are
/// followed, but a file or folder that is met twice counts once, under its own name if that lies in
/// the folder, and a link to a folder around it (a circle) leads nowhere. Never throws for what it
/// meets: `folder` itself may be what is unread.
FoundImages find_images(const std::filesystem::path& folder);

/// The paths that a pattern with * ? [ names, sorted. Each part of the pattern that exists as it is
/// written is taken literally, so that a folder named "[2024]" can lead to one. A dot in front is
/// matched by a dot alone. What cannot be read matches nothing.
std::vector<std::filesystem::path> match_pattern(const std::filesystem::path& pattern);

}  // namespace cxrnet
