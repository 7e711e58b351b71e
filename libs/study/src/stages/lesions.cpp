#include "stages/lesions.h"

#include <ATen/Functions.h>

#include <map>
#include <opencv2/imgproc.hpp>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/data/leaks.h"
#include "cxrnet/imaging/resize.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/nn/unet.h"
#include "cxrnet/pipeline/annotated_mask.h"
#include "cxrnet/pipeline/image_tensor.h"
#include "cxrnet/pipeline/input.h"
#include "cxrnet/pipeline/segmentation.h"
#include "run/workplace.h"
#include "stages/networks.h"
#include "stages/shards_stage.h"

namespace cxrnet::study {
namespace {

// Lesion mask by image, as a path of the manifest.
std::map<std::string, std::string> find_lesion_masks(const data::Manifest& manifest) {
  std::map<std::string, std::string> masks;
  for (const auto& row : manifest.rows) {
    const auto found = row.columns.find("lesion_mask_path");
    if (found != row.columns.end() && !found->second.empty() && row.label != "healthy")
      masks[row.image_id] = found->second;
  }
  const auto path = manifest.folder / "lesions" / "lesions.csv";
  if (!std::filesystem::is_regular_file(path)) return masks;
  auto text = read_file(path);
  const std::string theirs = "image_path";  // the manifest's word for it is `path`
  const auto column = text.find(theirs);
  if (column < text.find('\n')) text.replace(column, theirs.size(), "path");
  const data::ManifestOptions any_label{.require_labels = false, .require_known_labels = false};
  for (const auto& row : data::parse_manifest(text, manifest.folder, any_label).rows) {
    const auto found = row.columns.find("lesion_path");
    if (found != row.columns.end()) masks[row.image_id] = found->second;
  }
  return masks;
}

cv::Mat read_lesion(const std::filesystem::path& path, cv::Size picture,
                    const nn::Preprocessing& preprocessing) {
  cv::Mat mask =
      imaging::resize_to_square(pipeline::read_mask(path, data::MaskOf::lesions, picture),
                                static_cast<int>(preprocessing.size), preprocessing.aspect);
  cv::threshold(mask, mask, 127, 255, cv::THRESH_BINARY);
  return mask;
}

struct Tensors {
  std::vector<at::Tensor> image, lungs, lesion;
  std::vector<int64_t> target;
};

void add_row(LesionImages& all, Tensors& tensors, const data::Manifest& manifest,
             const data::ManifestRow& row, const std::string& lesion_path, nn::UNet& segmenter,
             const nn::Preprocessing& preprocessing) {
  const auto decoded = imaging::decode_image(read_file(data::resolve_path(manifest, row.path)));
  const auto square = pipeline::to_square(decoded, preprocessing).square;
  const auto lungs = pipeline::segment_lungs(segmenter, square);
  const auto input = pipeline::classifier_input(square, lungs, preprocessing);
  const auto lesion =
      read_lesion(data::resolve_path(manifest, lesion_path), decoded.pixels.size(), preprocessing);
  all.squares.push_back(square);
  all.images.image_ids.push_back(row.image_id);
  all.images.labels.push_back(row.label);
  all.images.cases.groups.push_back(data::group_of(row));
  tensors.image.push_back(pipeline::to_tensor(input));
  tensors.lungs.push_back(pipeline::to_tensor(lungs));
  tensors.lesion.push_back(pipeline::to_tensor(lesion));
  tensors.target.push_back(nn::label_index(row.label));
}

}  // namespace

LesionImages load_lesion_images(Workplace& place) {
  const auto masks = find_lesion_masks(place.all_rows);
  const auto preprocessing =
      preparation_options(place.options, {.arm = nn::Arm::segmented,
                                          .clahe = true,
                                          .masks = pipeline::MaskSource::predicted,
                                          .require_masks = false})
          .preprocessing;
  auto segmenter = load_segmenter(place);
  LesionImages all;
  Tensors tensors;
  for (const auto& row : place.all_rows.rows) {
    const auto mask = masks.find(row.image_id);
    if (mask == masks.end() || data::side_of(row.columns.at(place.options.split_column)) != "test")
      continue;
    place.stop_here();
    try {
      add_row(all, tensors, place.all_rows, row, mask->second, segmenter, preprocessing);
    } catch (const Error& error) {
      if (concern_of(error.code()) != Concern::input) throw;
      all.left_out.push_back({.image_id = row.image_id,
                              .reason = std::string(reason_code(error.code())),
                              .message = error.what()});
    }
  }
  if (tensors.image.empty()) return all;
  all.images.cases.image = at::cat(tensors.image);
  all.images.cases.lungs = at::cat(tensors.lungs);
  all.images.cases.target = at::tensor(tensors.target, at::TensorOptions().dtype(at::kLong));
  all.lesions = at::cat(tensors.lesion);
  return all;
}

}  // namespace cxrnet::study
