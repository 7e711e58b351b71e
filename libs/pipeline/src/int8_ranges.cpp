#include "int8_ranges.h"

#include <string>
#include <utility>

#include "cxrnet/core/error.h"

namespace cxrnet::pipeline {

using nlohmann::json;

void keep_ranges(json& ranges, const char* network, engine::Engine& engine, engine::Pair size) {
  json all = json::array();
  for (const auto& range : engine.ranges(size))
    all.push_back(range ? json{range->low, range->high} : json());
  ranges[network] = std::move(all);
  ranges["graph"][network] = engine.fingerprint(size);
}

void set_ranges(const json& ranges, const char* network, int64_t size, engine::Engine& engine) try {
  if (!ranges.contains(network) || ranges.value("size", int64_t{0}) != size) {
    throw Error(ErrorCode::invalid_option,
                "precision int8: expected a model that was calibrated for it, got one without "
                "ranges; run cxrnet calibrate, or use bf16, f32 or auto");
  }
  if (const auto graphs = ranges.find("graph");
      graphs != ranges.end() && graphs->at(network) != engine.fingerprint({size, size})) {
    throw Error(ErrorCode::invalid_option,
                "precision int8: expected ranges that were measured on this " +
                    std::string(network) +
                    ", got those of another one; run cxrnet calibrate again, or use f32");
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
