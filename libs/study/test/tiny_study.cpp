#include "tiny_study.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cxrnet/core/files.h"
#include "cxrnet/data/manifest.h"
#include "cxrnet/imaging/encode.h"
#include "cxrnet/imaging/phantom.h"
#include "temporary_folder.h"

namespace cxrnet::study {
namespace {

void render(const std::filesystem::path& folder, const std::string& id, int64_t seed,
            imaging::Finding finding) {
  if (std::filesystem::exists(folder / (id + ".png"))) return;
  imaging::PhantomOptions options;
  options.size = 64;
  options.seed = seed;
  options.finding = finding;
  const auto phantom = imaging::render_phantom(options);
  write_file_atomically(folder / (id + "-lungs.png"), imaging::encode_png_1bit(phantom.lung_mask));
  write_file_atomically(folder / (id + "-lesion.png"),
                        imaging::encode_png_1bit(phantom.lesion_mask));
  write_file_atomically(folder / (id + ".png"), imaging::encode_png(phantom.image));
}

// The first two images of a label are of one patient, on one side of the split by patient and on
// both sides of the random one.
data::ManifestRow describe(int64_t seed, int64_t place, std::string_view label, bool is_test,
                           bool with_mask) {
  const std::string id = "phantom-" + std::to_string(seed);
  data::ManifestRow row;
  row.image_id = id;
  row.path = id + ".png";
  row.label = std::string(label);
  row.source = "phantom";
  row.patient_id = "patient-" + std::to_string(place == 1 ? seed - 1 : seed);
  row.mask_path = with_mask ? id + "-lungs.png" : "";
  row.columns = {{"lesion_mask_path", id + "-lesion.png"},
                 {"group_split", is_test ? "test" : "train"},
                 {"paper_split", seed % 2 == 0 ? "test" : "train"}};
  return row;
}

}  // namespace

std::filesystem::path phantom_manifest(const PhantomSet& set) {
  static const TemporaryFolder phantoms;  // rendered once
  const auto& folder = phantoms.path();
  data::Manifest manifest{.folder = folder,
                          .header = {"image_id", "path", "label", "source", "patient_id",
                                     "mask_path", "lesion_mask_path", "group_split", "paper_split"},
                          .rows = {}};
  int64_t seed = 0;
  for (const auto& [finding, name] : EnumNames<imaging::Finding>::values) {
    for (int64_t i = 0; i < set.per_class; ++i) {
      render(folder, "phantom-" + std::to_string(seed), seed, finding);
      manifest.rows.push_back(describe(seed++, i, name, i < set.test_per_class, set.masks));
    }
  }
  if (set.broken_lesion) {
    write_file_atomically(folder / "broken.png", "no picture");
    const auto ill = std::find_if(manifest.rows.begin(), manifest.rows.end(),
                                  [](const auto& row) { return row.label != "healthy"; });
    ill->columns["lesion_mask_path"] = "broken.png";
  }
  const auto path =
      folder /
      ("manifest-" + std::to_string(set.per_class) + "-" + std::to_string(set.test_per_class) +
       (set.masks ? "" : "-without-masks") + (set.broken_lesion ? "-broken-lesion" : "") + ".csv");
  write_file_atomically(path, data::format_manifest(manifest));
  return path;
}

StudyOptions tiny_options() {
  StudyOptions options;
  options.encoders = {"resnet34", "alexnet"};
  options.arm_encoders = {"resnet34"};
  options.main_encoder = nn::Architecture::resnet34;
  options.width = 0.125;
  options.decoder_widths = {8, 8, 8, 8, 8};
  options.split_column = "group_split";
  options.unet = {.base_width = 4, .levels = 3};
  options.preprocessing.size = 64;
  options.preprocessing.clahe_tiles = 4;
  options.explain_images = 1;
  options.segmenter_epochs = 8;
  options.segmenter_batch_size = 4;
  options.segmenter_learning_rate = 0.01;
  options.training.epochs = 1;
  options.training.batch_size = 4;
  options.training.validation_fraction = 0.3;
  options.training.workers = 0;
  options.methods = {"representation", "grad_cam", "random"};
  options.selection_methods = {"representation", "grad_cam"};
  options.sanity_images = 1;
  options.bootstrap.resamples = 50;
  return options;
}

StudyFacts tiny_facts() {
  return {.preset = "quick", .version = "0", .command = "cxrnet reproduce", .date = "today"};
}

Outcome run_study(const std::filesystem::path& manifest, const StudyOptions& options,
                  const std::filesystem::path& out, const std::vector<std::string>& items,
                  RecordingObserver& observer) {
  Study study(manifest, options, /*seed=*/1, out);
  return study.run(items, tiny_facts(), observer, [&] { return observer.stop_requested(); });
}

nlohmann::json read_study(const std::filesystem::path& out) {
  return nlohmann::json::parse(read_file(out / "study.json"));
}

}  // namespace cxrnet::study
