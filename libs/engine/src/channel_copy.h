// Copies between channels-last tensors: the engine's own kernels, for what oneDNN would need a pass
// more for.
#pragma once

#include <cstddef>

namespace cxrnet::engine {

/// The channels of `pixels` pixels, from pixels that are `source_stride` bytes apart to pixels that
/// are `target_stride` apart.
struct ChannelCopy {
  std::size_t pixels;
  std::size_t bytes;  ///< of a pixel's channels
  std::size_t source_stride, target_stride;

  void run(const void* source, void* target) const;
};

/// Block-major pixel shuffle (PixelShuffle in graph.h): [N, h, w, 4, C] -> [N, 2h, 2w, C], whose
/// pixels are `target_stride` bytes apart.
struct ShuffleCopy {
  std::size_t rows, columns;  ///< N x h, w
  std::size_t bytes;          ///< of C channels
  std::size_t target_stride;

  void run(const void* source, void* target) const;
};

}  // namespace cxrnet::engine
