// The steps from an 8-bit grey image to a network's input as ONNX nodes. Each takes and returns
// names of values; images are f32 [N, 1, S, S] of whole numbers 0 to 255 unless stated.
#pragma once

#include <cstdint>
#include <string>

#include "onnx_writer.h"

namespace cxrnet::engine {

/// u8 [N, 1, H, W] of any size to a square: the mean over each pixel's area where it shrinks, cubic
/// where it enlarges, rounded, as imaging::resize_to_square with Aspect::squeeze.
std::string resize_grey(OnnxWriter& writer, const std::string& image, int64_t side);

/// To [0, 1].
std::string scale_grey(OnnxWriter& writer, const std::string& square);

/// A probability to 1 where it is at least one half, else 0.
std::string cut_at_one_half(OnnxWriter& writer, const std::string& probability);

/// OpenCV's CLAHE (Zuiderveld 1994): clipped histograms of tiles x tiles regions, and between their
/// centres the bilinear mean of their curves.
std::string equalise(OnnxWriter& writer, const std::string& square, int64_t side, double clip_limit,
                     int64_t tiles);

}  // namespace cxrnet::engine
