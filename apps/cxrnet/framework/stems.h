// The part of the outputs' names that says whose they are.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cxrnet/core/output_folder.h"

namespace cxrnet::app {

/// "scan.dcm" -> "scan"; only an image's suffix is cut, so that a DICOM UID as a name stays whole.
/// It is a name that can be shown, and leaves room for the outputs' endings: a long one is cut and
/// ends in a fingerprint of the whole.
std::string output_stem(const std::filesystem::path& path);

/// The stems of files, by canonical paths. One that several have gets a fingerprint of each path:
/// other files, before or after, do not change it. The one whose outputs an earlier run wrote under
/// the plain stem keeps it.
std::vector<std::string> unique_stems(const std::vector<std::filesystem::path>& paths,
                                      const OutputRecord& earlier = {});

/// Enters in the folder's list whose the stems are.
void note_stems(const std::vector<std::filesystem::path>& paths,
                const std::vector<std::string>& stems, OutputFolder& folder);

}  // namespace cxrnet::app
