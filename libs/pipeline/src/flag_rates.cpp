#include "cxrnet/pipeline/flag_rates.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

namespace cxrnet::pipeline {
namespace {

using IsFlagged = std::function<bool(const EvaluatedImage&)>;

bool is_right(const EvaluatedImage& image) {
  return static_cast<int>(metrics::predicted_label(image.prediction.probabilities)) ==
         image.prediction.actual;
}

bool has(const EvaluatedImage& image, Flag flag) {
  return std::find(image.flags.begin(), image.flags.end(), flag) != image.flags.end();
}

bool needs_thresholds(Flag flag) {
  return flag == Flag::out_of_distribution || flag == Flag::unusual_lung_fraction;
}

std::vector<Flag> named_flags() {
  std::vector<Flag> flags;
  for (int i = 0; flag_name(static_cast<Flag>(i)) != "unknown"; ++i)
    flags.push_back(static_cast<Flag>(i));
  return flags;
}

FlaggedShare share_of(const std::vector<EvaluatedImage>& images, bool right,
                      const IsFlagged& is_flagged, const metrics::BootstrapOptions& bootstrap) {
  FlaggedShare part;
  std::vector<std::string> patients;
  std::vector<bool> flagged;
  for (const auto& image : images) {
    if (is_right(image) != right) continue;
    patients.push_back(image.prediction.group);
    flagged.push_back(is_flagged(image));
  }
  part.n = static_cast<int64_t>(flagged.size());
  part.flagged = std::count(flagged.begin(), flagged.end(), true);
  const auto measure = [&](std::span<const int32_t> weights) -> std::vector<metrics::Figure> {
    double hits = 0.0;
    double all = 0.0;
    for (std::size_t i = 0; i < flagged.size(); ++i) {
      hits += flagged[i] ? weights[i] : 0;
      all += weights[i];
    }
    return {metrics::ratio(hits, all, "no such answer")};
  };
  part.share = metrics::bootstrap(measure, patients, bootstrap).front();
  return part;
}

FlagRate rate_of(const std::string& name, const std::vector<EvaluatedImage>& images,
                 const IsFlagged& is_flagged, const metrics::BootstrapOptions& bootstrap) {
  return {.flag = name,
          .right = share_of(images, true, is_flagged, bootstrap),
          .wrong = share_of(images, false, is_flagged, bootstrap)};
}

nlohmann::json part_to_json(const FlaggedShare& part) {
  nlohmann::json object{{"n", part.n}, {"flagged", part.flagged}, {"share", nullptr}};
  if (!part.share.value) {
    object["undefined"] = part.share.undefined;
    return object;
  }
  object["share"] = *part.share.value;
  if (part.share.interval)
    object["interval"] = {part.share.interval->low, part.share.interval->high};
  return object;
}

}  // namespace

std::vector<FlagRate> flag_rates(const std::vector<EvaluatedImage>& images, bool thresholds,
                                 const metrics::BootstrapOptions& bootstrap) {
  std::vector<FlagRate> rates;
  for (const auto flag : named_flags()) {
    if (needs_thresholds(flag) && !thresholds) continue;
    rates.push_back(rate_of(
        std::string(flag_name(flag)), images,
        [flag](const EvaluatedImage& image) { return has(image, flag); }, bootstrap));
  }
  rates.push_back(rate_of(
      "any", images, [](const EvaluatedImage& image) { return !image.flags.empty(); }, bootstrap));
  return rates;
}

nlohmann::json to_json(const std::vector<FlagRate>& rates) {
  nlohmann::json object = nlohmann::json::object();
  for (const auto& rate : rates) {
    object[rate.flag] = {{"right", part_to_json(rate.right)}, {"wrong", part_to_json(rate.wrong)}};
  }
  return object;
}

}  // namespace cxrnet::pipeline
