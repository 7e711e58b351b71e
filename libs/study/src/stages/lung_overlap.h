// How well a segmenter finds the lungs of prepared images (paper, Fig. 8).
#pragma once

#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "cxrnet/data/shards.h"
#include "cxrnet/metrics/overlap.h"
#include "cxrnet/nn/forward.h"

namespace cxrnet::study {

/// A record's image, 8UC1, and its mask, 8UC1 0 or 255; empty without one.
cv::Mat image_of(const data::Record& record);
cv::Mat mask_of(const data::Record& record);

/// Overlap of the predicted with the annotated mask of each record, cleaned up as in use.
std::vector<metrics::MaskOverlap> overlaps_of(nn::UNet& segmenter,
                                              const data::ShardDataset& dataset,
                                              const std::vector<std::size_t>& indices);

/// Errors: disk_full, write_failed.
void write_overlaps(const std::filesystem::path& path,
                    const std::vector<metrics::MaskOverlap>& overlaps);
/// Errors: as read_file; unreadable when it is not such a file.
std::vector<metrics::MaskOverlap> read_overlaps(const std::filesystem::path& path);

}  // namespace cxrnet::study
