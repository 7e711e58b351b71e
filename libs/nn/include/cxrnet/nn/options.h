// What the networks and their losses are made of. Without libtorch, so that whoever passes options
// on does not compile it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/nn/labels.h"

namespace cxrnet {
namespace nn {

inline constexpr std::size_t kLevels = 5;  ///< feature levels of every encoder

enum class Architecture { alexnet, vgg16, vgg19, resnet34, resnet50, inception_v3 };

/// U of eq. (3): how a map doubles its sides.
enum class Upsampling {
  pixel_shuffle,  ///< the paper's, with ICNR initialisation
  nearest,        ///< pixels repeated (ablation)
  transposed,     ///< transposed convolution, 2x2 kernels with stride 2 (ablation)
};

/// What the decoder draws between the two encoders, and so what the heat map is.
enum class Representation {
  image,            ///< the paper's: an image that the second encoder classifies
  selection,        ///< which cells of a grid the answer rests on (docs/adr/009)
  class_selection,  ///< the same for each class by itself, in a channel of its own
  none,             ///< no decoder: a plain classifier, such as an independent judge
};

/// Whether a decoder of that form chooses cells.
inline bool selects(Representation representation) {
  return representation == Representation::selection ||
         representation == Representation::class_selection;
}

/// How the Dice coefficient enters the segmentation loss.
enum class DiceTerm {
  minus_log,  ///< the paper's: - log Dice
  linear,     ///< 1 - Dice (ablation)
};

}  // namespace nn

template <>
struct EnumNames<nn::Architecture> {
  static constexpr std::array<std::pair<nn::Architecture, std::string_view>, 6> values{{
      {nn::Architecture::alexnet, "alexnet"},
      {nn::Architecture::vgg16, "vgg16"},
      {nn::Architecture::vgg19, "vgg19"},
      {nn::Architecture::resnet34, "resnet34"},
      {nn::Architecture::resnet50, "resnet50"},
      {nn::Architecture::inception_v3, "inception_v3"},
  }};
};
template <>
struct EnumNames<nn::Upsampling> {
  static constexpr std::array<std::pair<nn::Upsampling, std::string_view>, 3> values{
      {{nn::Upsampling::pixel_shuffle, "pixel_shuffle"},
       {nn::Upsampling::nearest, "nearest"},
       {nn::Upsampling::transposed, "transposed"}}};
};
template <>
struct EnumNames<nn::Representation> {
  static constexpr std::array<std::pair<nn::Representation, std::string_view>, 4> values{
      {{nn::Representation::image, "image"},
       {nn::Representation::selection, "selection"},
       {nn::Representation::class_selection, "class_selection"},
       {nn::Representation::none, "none"}}};
};
template <>
struct EnumNames<nn::DiceTerm> {
  static constexpr std::array<std::pair<nn::DiceTerm, std::string_view>, 2> values{
      {{nn::DiceTerm::minus_log, "minus_log"}, {nn::DiceTerm::linear, "linear"}}};
};

namespace nn {

/// Of an encoder (encoder.h).
struct EncoderOptions {
  Architecture architecture = Architecture::resnet50;
  int64_t input_channels = 1;  ///< 1: grey; 3: as torchvision's
  double width =
      1.0;  ///< multiplies every channel count, rounded to a multiple of 8; 1 is torchvision's

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.architecture, Field{"architecture", "the encoder's architecture"});
    visit(self.input_channels, Field{"input-channels",
                                     "channels that the encoder takes: 1 (grey) or 3",
                                     {.minimum = 1, .maximum = 3}});
    visit(self.width, Field{"width",
                            "multiplies every channel count of the encoder; 1 is torchvision's",
                            {.maximum = 4.0, .above = 0.0}});
  }
};

/// Of the lung segmenter (unet.h).
struct UNetOptions {        // DEVIATION: adr-019, 32 channels at full resolution, not 64
  int64_t base_width = 32;  ///< channels at full resolution; each level below doubles them
  int64_t levels = 5;       ///< resolutions, full one included

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.base_width, Field{"base-width",
                                 "U-Net channels at full resolution, doubled at each level",
                                 {.minimum = 1, .maximum = 256}});
    visit(self.levels,
          Field{"levels", "U-Net resolutions, full one included", {.minimum = 2, .maximum = 7}});
  }
};

/// Of the decoder (decoder.h).
struct DecoderOptions {
  std::vector<int64_t> widths{256, 128, 64, 32, 16};  ///< channels of each level, coarsest first
  bool skips = true;  ///< concatenate the encoder's maps, eq. (3); off: upsampling alone (ablation)
  Upsampling upsampling = Upsampling::pixel_shuffle;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.widths, Field{"decoder-widths",
                             "channels of the five decoder levels, coarsest first",
                             {.minimum = 1, .maximum = 1024}});
    visit(self.skips, Field{"decoder-skips", "skip connections from the encoder to the decoder"});
    visit(self.upsampling, Field{"decoder-upsampling", "how the decoder doubles a map's sides"});
  }
};

/// Of the whole network (cxr_net.h).
struct CxrNetOptions {
  EncoderOptions encoder;
  int64_t classes = kClasses;
  DecoderOptions decoder;
  Representation representation = Representation::image;
  int64_t selection_cells = 16;  ///< per side, of the grid that a selection chooses from
  double dropout = 0.0;          ///< probability, before the linear layer

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    cxrnet::visit_fields(self.encoder, visit);
    visit(self.classes, Field{"classes", "number of classes", {.minimum = 2, .maximum = 1000}});
    cxrnet::visit_fields(self.decoder, visit);
    visit(
        self.representation,
        Field{"representation",
              "what the decoder draws: an image for the second encoder (the paper's), a selection "
              "of cells, one for each class, or nothing"});
    visit(self.selection_cells, Field{"selection-cells",
                                      "cells per side of the grid that a selection chooses from",
                                      {.minimum = 2, .maximum = 64}});
    visit(self.dropout, Field{"dropout",
                              "dropout probability before the linear layer",
                              {.minimum = 0.0, .maximum = 0.95}});
  }
};

/// Weights of the terms beside the cross entropy of the kept part, whose weight is 1; 0 leaves a
/// term out.
struct SelectionLossOptions {
  double removed = 1.0;      // of - log (1 - p(class)) without the selected cells
  double area = 0.6;         // of the share of what is shown that is selected
  double variation = 0.1;    // of the mean difference between neighbouring cells
  double any_size = 0.5;     // share of images that are asked at a size drawn at random
  double temperature = 0.5;  // of the concrete relaxation; lower is closer to a step

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.removed, Field{"selection-removed",
                              "weight of losing the class without the selected cells",
                              {.minimum = 0.0, .maximum = 100.0}});
    visit(self.area, Field{"selection-area",
                           "weight of the share of the lungs that is selected",
                           {.minimum = 0.0, .maximum = 100.0}});
    visit(self.variation, Field{"selection-variation",
                                "weight of differences between neighbouring cells",
                                {.minimum = 0.0, .maximum = 100.0}});
    visit(self.any_size,
          Field{"selection-any-size",
                "share of images whose most important cells, as many as chance says, must do",
                {.minimum = 0.0, .maximum = 1.0}});
    visit(self.temperature, Field{"selection-temperature",
                                  "temperature of the random selection; lower is closer to a step",
                                  {.maximum = 10.0, .above = 0.0}});
  }
};

}  // namespace nn
}  // namespace cxrnet
