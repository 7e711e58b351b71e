// A network for other runtimes: ONNX and TorchScript, read from what nn computes (trace.h).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cxrnet/engine/trace.h"

namespace cxrnet::engine {

/// What an exported graph does before the network, so that it takes grey pixels as a file holds
/// them.
struct GreySteps {
  Function segmenter = {};  ///< where the lungs are cut out: their probability; empty: whole images
  double clahe_clip_limit = 0.0;
  int64_t clahe_tiles = 0;  ///< per side; 0: no CLAHE
};

/// With GreySteps: what the network saw, [N, 1, H, W] in [0, 1].
inline constexpr const char* kPreparedOutput = "prepared";

/// What is exported. The input is named "image": [N, 1, H, W] f32 in [0, 1] with any N; or, with
/// `grey`, u8 of any height and width.
struct ExportedNetwork {
  Function function;
  Pair size;                         ///< H, W; fixed
  std::vector<std::string> outputs;  ///< names, in the function's order
  std::map<std::string, std::string>
      metadata;  ///< what a user needs to know: labels, preprocessing
  std::string name;
  std::optional<GreySteps> grey = {};  ///< of a square network; ONNX alone
};

/// An ONNX model (opset 13) with batch norms folded, checked by ONNX's own checker; metadata are
/// its metadata_props. With `grey`: resize (as OpenCV's, areas where it shrinks and cubic where it
/// enlarges; where it does one in height and the other in width, areas), the lungs where their
/// probability reaches one half (all such parts, holes left open), CLAHE, scale. Errors:
/// invalid_option for an operation that ONNX or this export lacks.
std::string to_onnx(const ExportedNetwork& network);

/// A TorchScript archive whose `forward` takes the image and returns the outputs as a tuple;
/// metadata are extra files of the archive.
std::string to_torchscript(const ExportedNetwork& network);

}  // namespace cxrnet::engine
