// Fast inference: the answers of a network of nn, computed by compiled graphs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cxrnet/engine/calibration.h"
#include "cxrnet/engine/options.h"
#include "cxrnet/engine/trace.h"
#include "cxrnet/nn/forward.h"

namespace cxrnet::engine {

/// CxrNet's first pass: logits [N, classes], pooled features [N, C], and representation
/// [N, maps, H, W] where it has a decoder. Puts the network into evaluation mode, and its
/// parameters ask for no gradients any more.
Function classifier_function(nn::CxrNet network);

/// The segmenter's probability of lung [N, 1, H, W]; the network is changed in the same way.
Function segmenter_function(nn::UNet network);

/// Answers images of any size and number; what it compiles for a size and number it keeps. Not
/// thread-safe.
class Engine {
 public:
  Engine(Function function, const EngineOptions& options);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  /// Measures the ranges of values that int8 needs, on `images` [N, 1, H, W]. Errors: those of run.
  void calibrate(const at::Tensor& images);

  /// Leaves the convolutions out of int8 that lose most by it; returns how many values lost their
  /// ranges, see calibration.h. Errors: invalid_option unless calibrate has seen images of that
  /// size, or when this processor has no int8.
  int64_t spare_sensitive(const at::Tensor& images, const Difference& difference, double tolerance);

  /// Of the fused graph for images of that size (graph.h): what ranges belong to.
  std::string fingerprint(Pair size);

  /// What calibrate measured on images of that size, and the same from an earlier run.
  /// Errors: invalid_option unless the network has as many values.
  std::vector<std::optional<Range>> ranges(Pair size);
  void set_ranges(Pair size, const std::vector<std::optional<Range>>& ranges);

  /// Compiles for that many images of that size, which else the first run does. Errors: as run.
  void prepare(Pair size, int64_t images);

  /// `image` [N, 1, H, W] f32 in [0, 1] -> what the function answers, f32. Where `wanted` is given,
  /// the others are left undefined and only what the wanted ones need is computed.
  /// Errors: invalid_shape; invalid_option for int8 without ranges for images of that size; those
  /// of the function.
  std::vector<at::Tensor> run(const at::Tensor& image, const std::vector<bool>& wanted = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What the deployed pass of a classifier says.
struct ClassifierAnswer {
  at::Tensor logits;           ///< [N, classes]
  at::Tensor pooled_features;  ///< [N, C], the head's input
  at::Tensor representation;   ///< [N, maps, H, W] in [0, 1]; undefined unless it was asked for
};

/// CxrNet's first pass. The network must stay as it is while the engine is used.
class ClassifierEngine {
 public:
  ClassifierEngine(nn::CxrNet network, const EngineOptions& options);
  ClassifierAnswer answer(const at::Tensor& image, bool with_representation);
  Engine& engine() { return engine_; }

 private:
  bool has_representation_;
  Engine engine_;
};

/// The lung segmenter: [N, 1, H, W] -> probability of lung, the same shape.
class SegmenterEngine {
 public:
  SegmenterEngine(nn::UNet network, const EngineOptions& options);
  at::Tensor probability(const at::Tensor& image);
  Engine& engine() { return engine_; }

 private:
  Engine engine_;
};

}  // namespace cxrnet::engine
