#include "cxrnet/pipeline/preparation.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"

namespace cxrnet::pipeline {

cv::Mat read_annotated_mask(const data::Manifest& manifest, const data::ManifestRow& row) {
  if (row.mask_path.empty()) return {};
  const auto bytes = read_file(data::resolve_path(manifest, row.mask_path));
  const auto tensor =
      cv::Mat(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
  const cv::Mat stored = bytes.empty() ? cv::Mat() : cv::imdecode(tensor, cv::IMREAD_GRAYSCALE);
  if (stored.empty()) {
    throw Error(ErrorCode::corrupt_image,
                "lung mask: expected a grey PNG, got a damaged file; make it again");
  }
  cv::Mat mask;
  cv::threshold(stored, mask, 127, 255, cv::THRESH_BINARY);
  return mask;
}

nlohmann::json describe_preparation(const PreparationOptions& options, std::size_t manifest_rows,
                                    const std::string& program) {
  return {{"preprocessing", options_to_json(options.preprocessing)},
          {"provenance",
           {{"program", program},
            {"manifest_rows", manifest_rows},
            {"masks", std::string(to_string(options.masks))},
            {"jpeg_quality", options.jpeg_quality}}}};
}

}  // namespace cxrnet::pipeline
