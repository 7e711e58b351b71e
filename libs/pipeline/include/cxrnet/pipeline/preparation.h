// How a manifest's images are prepared for training.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "cxrnet/core/options.h"
#include "cxrnet/nn/preprocessing.h"

namespace cxrnet {
namespace pipeline {

/// Where the lung masks come from.
enum class MaskSource {
  annotated,  ///< the manifest's: to train a segmenter
  predicted,  ///< the segmenter's, for every image: what the classifier will meet in use
};

}  // namespace pipeline

template <>
struct EnumNames<pipeline::MaskSource> {
  static constexpr std::array<std::pair<pipeline::MaskSource, std::string_view>, 2> values{
      {{pipeline::MaskSource::annotated, "annotated"},
       {pipeline::MaskSource::predicted, "predicted"}}};
};

namespace pipeline {

struct PreparationOptions {
  nn::Preprocessing preprocessing;
  MaskSource masks = MaskSource::predicted;
  int64_t jpeg_quality = 92;  // 0 = PNG, without loss

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    cxrnet::visit_fields(self.preprocessing, visit);
    visit(self.masks,
          Field{"masks", "annotated: the manifest's lung masks; predicted: the segmenter's"});
    visit(self.jpeg_quality, Field{"jpeg-quality",
                                   "quality of the stored images, 1 to 100; 0 = PNG, without loss",
                                   {.minimum = 0, .maximum = 100}});
  }
};

/// What a data set says of how it was made (data::ShardWriter's description). `program`: name and
/// version of what prepares.
nlohmann::json describe_preparation(const PreparationOptions& options, std::size_t manifest_rows,
                                    const std::string& program);

}  // namespace pipeline
}  // namespace cxrnet
