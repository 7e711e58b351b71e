// The networks' names, for headers that only pass them on.
#pragma once

namespace cxrnet::nn {

class CxrNet;
class UNet;
struct ModelFile;

}  // namespace cxrnet::nn
