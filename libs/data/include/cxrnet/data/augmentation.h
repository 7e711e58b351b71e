// Augmentation of training samples as tensor operations, drawn from a Random that the caller seeds
// per sample, so that a sample looks the same whatever the number of workers.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

#include "cxrnet/core/options.h"
#include "cxrnet/core/random.h"

namespace cxrnet::data {

/// What an erased rectangle is filled with.
enum class EraseFill { zero, mean, blur, any };

/// Strength of each operation; 0 switches it off (crop_area: 1). Defaults suit frontal chest
/// X-rays: positioning and exposure vary, sides do not swap (the heart is left).
struct AugmentationOptions {
  double rotation_degrees = 10.0;  // ± about the centre
  double scale = 0.1;              // zoom 1 ± scale
  double stretch = 0.05;           // width against height 1 ± stretch
  double shear_degrees = 5.0;      // ±, horizontal
  double translate = 0.05;         // ± of the image's side, each axis
  double crop_area = 1.0;          // smallest part of the area a random crop keeps
  double flip_probability = 0.0;   // left to right
  double brightness = 0.2;         // gain 1 ± brightness
  double contrast = 0.2;           // spread about the mean 1 ± contrast
  double gamma = 0.2;              // exponent between 1 / (1 + gamma) and 1 + gamma
  double noise = 0.02;             // largest standard deviation of Gaussian noise, white = 1
  bool keep_black = true;          // black background stays black under contrast and noise
  double erase_probability = 0.0;  // of erasing at all
  int64_t erase_count = 1;         // largest number of rectangles
  double erase_area = 0.2;         // largest part of the image per rectangle, 1 = all of it
  EraseFill erase_fill = EraseFill::any;
  double removal_probability = 0.0;  // of removing a random part, up to everything
  double removal_everything = 0.15;  // share of these images that lose everything
  double mixup_alpha = 0.0;          // Beta(alpha, alpha) of mixup
  double cutmix_probability = 0.0;   // of a batch; such a batch is not mixed up, too

  template <class Self, class Visitor>
  // NOLINTNEXTLINE(readability-function-size): a table
  static void visit_fields(Self& self, Visitor&& visit) {
    constexpr Range kFraction{.minimum = 0.0, .maximum = 1.0};
    constexpr Range kJitter{.minimum = 0.0, .maximum = 0.9};
    visit(self.rotation_degrees, Field{"augment-rotation",
                                       "largest rotation, degrees either way",
                                       {.minimum = 0.0, .maximum = 180.0}});
    visit(self.scale, Field{"augment-scale", "zoom between 1 - this and 1 + this", kJitter});
    visit(self.stretch,
          Field{"augment-stretch", "width against height between 1 - this and 1 + this", kJitter});
    visit(self.shear_degrees, Field{"augment-shear",
                                    "largest shear, degrees either way",
                                    {.minimum = 0.0, .maximum = 60.0}});
    visit(self.translate,
          Field{"augment-translate", "largest shift, as a part of the side", kFraction});
    visit(self.crop_area, Field{"augment-crop-area",
                                "smallest part of the area that a random crop keeps; 1 = no crop",
                                {.maximum = 1.0, .above = 0.0}});
    visit(self.flip_probability,
          Field{"augment-flip", "probability of swapping left and right", kFraction});
    visit(self.brightness,
          Field{"augment-brightness", "gain between 1 - this and 1 + this", kJitter});
    visit(self.contrast,
          Field{"augment-contrast", "contrast between 1 - this and 1 + this", kJitter});
    visit(self.gamma, Field{"augment-gamma",
                            "exponent between 1 / (1 + this) and 1 + this",
                            {.minimum = 0.0, .maximum = 4.0}});
    visit(self.noise, Field{"augment-noise", "largest standard deviation of added noise, white = 1",
                            kFraction});
    visit(self.keep_black, Field{"augment-keep-black", "leave black pixels black"});
    visit(self.erase_probability,
          Field{"augment-erase", "probability of erasing rectangles", kFraction});
    visit(self.erase_count, Field{"augment-erase-count",
                                  "largest number of erased rectangles",
                                  {.minimum = 1, .maximum = 64}});
    visit(self.erase_area, Field{"augment-erase-area",
                                 "largest part of the image that a rectangle takes", kFraction});
    visit(self.erase_fill,
          Field{"augment-erase-fill",
                "what erased rectangles become: zero, mean, blur or any of these"});
    visit(self.removal_probability,
          Field{"augment-removal",
                "probability of removing a random part of the image, so that answers to incomplete "
                "images mean something",
                kFraction});
    visit(
        self.removal_everything,
        Field{"augment-removal-everything",
              "share of these images that lose everything and get the uniform target", kFraction});
    visit(self.mixup_alpha, Field{"augment-mixup",
                                  "alpha of mixup's Beta distribution; 0 = no mixup",
                                  {.minimum = 0.0, .maximum = 10.0}});
    visit(
        self.cutmix_probability,
        Field{"augment-cutmix",
              "probability that rectangles of a batch's images come from other images", kFraction});
  }
};

/// An image and its lung mask, warped together.
struct Sample {
  at::Tensor image;       ///< [1, S, S] f32 in [0, 1]
  at::Tensor mask;        ///< [1, S, S] f32, 0 or 1; undefined: none
  bool is_blank = false;  ///< everything was removed: no label follows from what is left
};

/// The upper two rows of the matrix that takes an output position to the input position it shows,
/// row by row; positions are (x, y, 1) with x, y from -1 (left, top edge) to 1.
using Affine = std::array<double, 6>;
inline constexpr Affine kIdentityAffine{1, 0, 0, 0, 1, 0};

/// Everything below but what mixes a batch, in this order; `options` are valid. The arguments are
/// left alone; where nothing is to be done, the result shares their memory. Errors: invalid_shape
/// unless the sample is as stated.
Sample augment(const Sample& sample, const AugmentationOptions& options, Random& random);

/// Flip, zoom, stretch, shear, rotation, crop and shift in one matrix.
Affine random_affine(const AugmentationOptions& options, Random& random);

/// The image bilinearly, the mask by nearest neighbour; what lies outside is 0.
Sample warp(const Sample& sample, const Affine& affine);

/// Brightness, contrast, gamma: [1, S, S] to a new [1, S, S] in [0, 1].
at::Tensor adjust_intensity(const at::Tensor& image, const AugmentationOptions& options,
                            Random& random);

/// Adds Gaussian noise of a random strength up to `options.noise`; result in [0, 1].
at::Tensor add_noise(const at::Tensor& image, const AugmentationOptions& options, Random& random);

/// Erases rectangles of the image; masks are not touched, since lungs stay where they are.
at::Tensor erase_rectangles(const at::Tensor& image, const AugmentationOptions& options,
                            Random& random);

/// Cells per side of the grid from which random parts are removed.
inline constexpr int64_t kRemovalCells = 16;

/// Removes a random share of the image, uniform in [0, 1), or everything: single cells, connected
/// regions and what lies between, filled with black, the mean or the strong blur. Masks are not
/// touched.
Sample remove_part(const Sample& sample, const AugmentationOptions& options, Random& random);

/// The cells that `remove_part` takes: bool [cells, cells], round(share · cells²) of them true.
/// `connected` in [0, 1]: 0 scatters them, 1 makes smooth regions.
at::Tensor random_cells(int64_t cells, double share, double connected, Random& random);

/// Mixup (Zhang et al. 2018): the batch becomes λ · batch + (1 − λ) · a permutation of it, λ ~
/// Beta(alpha, alpha), images [N, 1, S, S], targets [N, C] and masks (may be undefined) alike. No
/// change when alpha is 0.
void mixup(at::Tensor& images, at::Tensor& targets, at::Tensor& masks, double alpha,
           Random& random);

/// CutMix (Yun et al. 2019): in one rectangle the batch becomes a permutation of it, images and
/// masks alike; targets are mixed by area. Of the rectangle, whose centre is uniform, a share
/// uniform in [0, 1) of the area is drawn and what lies inside the image is used. Shapes as
/// mixup's.
void cutmix(at::Tensor& images, at::Tensor& targets, at::Tensor& masks, Random& random);

/// One of both for a batch, as `options` say.
void mix_batch(at::Tensor& images, at::Tensor& targets, at::Tensor& masks,
               const AugmentationOptions& options, Random& random);

}  // namespace cxrnet::data

template <>
struct cxrnet::EnumNames<cxrnet::data::EraseFill> {
  static constexpr std::array<std::pair<data::EraseFill, std::string_view>, 4> values{
      {{data::EraseFill::zero, "zero"},
       {data::EraseFill::mean, "mean"},
       {data::EraseFill::blur, "blur"},
       {data::EraseFill::any, "any"}}};
};
