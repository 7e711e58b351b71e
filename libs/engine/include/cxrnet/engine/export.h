// A network for other runtimes: ONNX and TorchScript, read from what nn computes (trace.h).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cxrnet/engine/trace.h"

namespace cxrnet::engine {

/// What is exported. The input is named "image", [N, 1, H, W] f32 in [0, 1] with any N.
struct ExportedNetwork {
  Function function;
  Pair size;                         ///< H, W; fixed
  std::vector<std::string> outputs;  ///< names, in the function's order
  std::map<std::string, std::string>
      metadata;  ///< what a user needs to know: labels, preprocessing
  std::string name;
};

/// An ONNX model (opset 13) with batch norms folded, checked by ONNX's own checker; metadata are
/// its metadata_props. Errors: invalid_option for an operation that ONNX or this export lacks.
std::string to_onnx(const ExportedNetwork& network);

/// A TorchScript archive whose `forward` takes the image and returns the outputs as a tuple;
/// metadata are extra files of the archive.
std::string to_torchscript(const ExportedNetwork& network);

}  // namespace cxrnet::engine
