#include "cxrnet/data/confounding.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>

namespace cxrnet::data {
namespace {

struct SourceShare {
  std::string source;
  int64_t images = 0;
  int64_t of = 0;

  long percent() const {
    return std::lround(100.0 * static_cast<double>(images) /
                       static_cast<double>(std::max<int64_t>(1, of)));
  }
};

// The source that most images of these rows come from.
SourceShare largest_source(const Manifest& manifest, bool covid) {
  std::map<std::string, int64_t> counts;
  SourceShare share;
  for (const auto& row : manifest.rows) {
    if ((row.label == "covid19") != covid) continue;
    ++share.of;
    const auto count = ++counts[row.source];
    if (count > share.images) {
      share.images = count;
      share.source = row.source;
    }
  }
  return share;
}

int64_t count_of(const Manifest& manifest, bool covid, const std::string& source) {
  return std::count_if(manifest.rows.begin(), manifest.rows.end(), [&](const auto& row) {
    return (row.label == "covid19") == covid && row.source == source;
  });
}

}  // namespace

std::string describe_confounding(const Manifest& manifest) {
  auto others = largest_source(manifest, false);
  const SourceShare covid{.source = others.source,
                          .images = count_of(manifest, true, others.source),
                          .of = largest_source(manifest, true).of};
  if (others.of == 0 || covid.of == 0 || others.source.empty())
    return "The manifest does not tell sources apart, so it stays open whether class and source "
           "are tied.";
  std::string text = std::to_string(others.percent()) +
                     " % of the images without COVID-19 come from one source ('" + others.source +
                     "'" + (others.source == "kermany" ? ": children of one hospital" : "") +
                     "), but " + std::to_string(covid.percent()) + " % of those with COVID-19.";
  if (others.percent() - covid.percent() < 20) return text;
  return text +
         " A network can tell COVID-19 by age, body size or picture quality instead of disease: "
         "high figures for COVID-19 are no proof that it sees the disease.";
}

}  // namespace cxrnet::data
