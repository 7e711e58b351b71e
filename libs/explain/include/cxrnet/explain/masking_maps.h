// Maps by masking: how the target's logit falls when parts of the image are hidden. They need
// forward passes alone. [N, 1, H, W] f64.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "cxrnet/explain/classifier.h"

namespace cxrnet::explain {

struct MaskingOptions {
  int64_t rise_masks = 4000;      ///< Petsiuk et al. 2018, section 4.1, for VGG-16
  int64_t rise_grid = 7;          ///< likewise
  double rise_keep = 0.5;         ///< likewise
  int64_t occlusion_window = 32;  ///< side of the square, pixels
  int64_t occlusion_stride = 16;  ///< pixels between neighbouring squares
  double occlusion_fill = 0.0;    ///< black, as beside segmented lungs; the publication's is grey

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.rise_masks,
          Field{"rise-masks", "random masks, one pass each", {.minimum = 2, .maximum = 100000}});
    visit(self.rise_grid,
          Field{"rise-grid", "cells per side of a mask", {.minimum = 2, .maximum = 64}});
    visit(self.rise_keep, Field{"rise-keep",
                                "probability that a cell of a mask is kept",
                                {.maximum = 0.99, .above = 0.0}});
    visit(self.occlusion_window, Field{"occlusion-window",
                                       "side of the hiding square, pixels",
                                       {.minimum = 1, .maximum = 4096}});
    visit(self.occlusion_stride, Field{"occlusion-stride",
                                       "pixels between hiding squares",
                                       {.minimum = 1, .maximum = 4096}});
    visit(self.occlusion_fill, Field{"occlusion-fill",
                                     "grey value of the hiding square",
                                     {.minimum = 0.0, .maximum = 1.0}});
  }
};

/// The masks numbered first … first + count - 1 of RISE: [count, 1, height, width] f32 in [0, 1]. A
/// mask is a grid of kept and dropped cells, enlarged bilinearly and cut out at a random place. It
/// depends on seed, number and size alone, so that all images meet the same masks.
at::Tensor rise_masks(int64_t first, int64_t count, int64_t height, int64_t width,
                      const MaskingOptions& options, uint64_t seed);

/// Petsiuk, Das, Saenko 2018, "RISE": the expected logit while a pixel is kept, estimated by
/// sum(logit x mask) / sum(mask) over the masks drawn. (The paper divides by the expected sum; with
/// the drawn one a constant added to the logit moves every pixel alike.)
at::Tensor rise(const Classifier& classifier, const at::Tensor& image, const at::Tensor& target,
                const MaskingOptions& options, const PassOptions& passes);

/// Zeiler, Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2: the
/// fall of the logit when a square hides a pixel, averaged over the squares that do; 0 where it
/// rises. The square is black: the publication's grey one would draw a new shape beside segmented
/// lungs, where all is black. The last square of a row or column lies flush with the border; one
/// larger than the image is cut to it, and a stride larger than the square to the square's side, so
/// that every pixel is hidden at least once.
at::Tensor occlusion(const Classifier& classifier, const at::Tensor& image,
                     const at::Tensor& target, const MaskingOptions& options,
                     const PassOptions& passes);

}  // namespace cxrnet::explain
