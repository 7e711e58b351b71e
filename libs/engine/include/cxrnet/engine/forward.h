// The engines' names, for headers that only pass them on.
#pragma once

namespace cxrnet::engine {

class ClassifierEngine;
class SegmenterEngine;

}  // namespace cxrnet::engine
