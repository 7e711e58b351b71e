#include "dicom/codec/frame.h"

#include "bounds/image_limits.h"

namespace cxrnet::imaging {
namespace {

std::string text(const FrameShape& shape) {
  return std::to_string(shape.columns) + " x " + std::to_string(shape.rows) + " pixels of " +
         std::to_string(shape.samples) + " samples";
}

}  // namespace

void require_same_shape(std::string_view subject, const FrameShape& codestream,
                        const FrameShape& data_set) {
  if (codestream.columns != data_set.columns || codestream.rows != data_set.rows ||
      codestream.samples != data_set.samples) {
    throw_corrupt(subject, text(data_set) + ", as the data set states", text(codestream));
  }
  if (codestream.bits < 1 || codestream.bits > data_set.bits) {
    throw_corrupt(subject, "samples of up to " + std::to_string(data_set.bits) + " bits",
                  std::to_string(codestream.bits) + " bits");
  }
}

}  // namespace cxrnet::imaging
