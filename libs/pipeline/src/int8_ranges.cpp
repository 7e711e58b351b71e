#include "int8_ranges.h"

#include "cxrnet/core/error.h"

namespace cxrnet::pipeline {

using nlohmann::json;

json ranges_to_json(engine::Engine& engine, engine::Pair size) {
  json all = json::array();
  for (const auto& range : engine.ranges(size))
    all.push_back(range ? json{range->low, range->high} : json());
  return all;
}

void set_ranges(const json& ranges, const char* network, int64_t size, engine::Engine& engine) try {
  if (!ranges.contains(network) || ranges.value("size", int64_t{0}) != size) {
    throw Error(ErrorCode::invalid_option,
                "precision int8: expected a model that was calibrated for it, got one without "
                "ranges; run cxrnet calibrate, or use bf16, f32 or auto");
  }
  std::vector<std::optional<engine::Range>> values;
  for (const auto& range : ranges.at(network)) {
    values.push_back(range.is_null() ? std::nullopt
                                     : std::optional(engine::Range{range.at(0), range.at(1)}));
  }
  engine.set_ranges({size, size}, values);
} catch (const json::exception&) {
  throw Error(ErrorCode::corrupt_model,
              "model: expected pairs of numbers as ranges for int8, got something else; "
              "run cxrnet calibrate again");
}

}  // namespace cxrnet::pipeline
