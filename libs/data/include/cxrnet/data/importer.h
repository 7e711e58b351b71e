// Making a manifest from a folder of images that is sorted by class.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/data/manifest.h"

namespace cxrnet::data {

struct ImportOptions {
  std::string patient_pattern;  // regular expression on file names; its first group is the patient;
                                // empty: none
  std::string source = "import";  // the column `source`
  double test_fraction = 0.2;     // of both split columns
  int64_t split_seed = 0;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.patient_pattern,
          Field{"patient-pattern",
                "regular expression on file names whose first group is the patient"});
    visit(self.source, Field{"source", "name of the collection, written to the column source"});
    visit(self.test_fraction, Field{"test-fraction",
                                    "part of the images on the test side",
                                    {.minimum = 0.0, .maximum = 1.0}});
    visit(self.split_seed, Field{"split-seed", "seed of the splits", {.minimum = 0.0}});
  }
};

struct ImportedFolder {
  Manifest manifest;  ///< columns image_id, path, label, source, patient_id, group_split,
                      ///< paper_split; mask_path where there are lung masks
  std::vector<std::string> notes;  ///< what the user should know, such as images without a patient
  std::map<std::string, std::size_t> leaks;  ///< patients on both sides, by split column
};

/// Takes what find_images finds and reads labels from folder names (healthy or normal, bacterial or
/// bacteria, viral or virus, covid19 or covid or covid-19; upper and lower case alike; the
/// innermost such folder counts) and patients from file names by `patient_pattern` or by Kermany's
/// scheme (person12_bacteria_34, IM-0115-0001, NORMAL2-IM-0380-0001; Kermany's folder PNEUMONIA
/// takes the label from the name; equal numbers below train, test and val are different patients).
/// Without either, each image is a patient of its own, and a note says so. `group_split` puts no
/// patient on both sides, by the rule of leaks.h; `paper_split` is random within each label as in
/// the paper, and a note says how many it does. Lung masks are found by their
/// names: folders "masks" or "lung_masks" beside or above the pictures', x_mask.png beside x.png;
/// each is read as mask.h says, and left out with a note when it is refused. Errors: empty_input
/// without images; invalid_option for an image outside such folders (listing them) or a pattern
/// that is no regular expression or has no group.
ImportedFolder import_folder(const std::filesystem::path& folder,
                             const ImportOptions& options = {});

}  // namespace cxrnet::data
