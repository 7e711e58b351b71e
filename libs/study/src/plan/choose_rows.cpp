#include "plan/choose_rows.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "cxrnet/core/random.h"
#include "cxrnet/data/splits.h"
#include "cxrnet/nn/labels.h"

namespace cxrnet::study {
namespace {

constexpr double kTestFraction = 0.2;  // paper, section IV-B

// Whole patients in random order while they fit into `quota` images; the first one always does.
std::vector<std::size_t> draw_patients(
    const std::map<std::string, std::vector<std::size_t>>& patients, std::size_t quota,
    uint64_t seed) {
  std::vector<const std::vector<std::size_t>*> rows;
  for (const auto& [name, indices] : patients) rows.push_back(&indices);
  std::vector<std::size_t> drawn;
  for (const auto position : Random(seed).permutation(rows.size())) {
    const auto& patient = *rows[position];
    if (drawn.empty() || drawn.size() + patient.size() <= quota)
      drawn.insert(drawn.end(), patient.begin(), patient.end());
    if (drawn.size() >= quota) break;
  }
  return drawn;
}

}  // namespace

void ensure_split(data::Manifest& manifest, const std::string& column, bool by_patient,
                  uint64_t seed) {
  if (std::find(manifest.header.begin(), manifest.header.end(), column) != manifest.header.end())
    return;
  std::vector<std::string> labels;
  std::vector<std::string> groups;
  for (const auto& row : manifest.rows) {
    labels.push_back(row.label);
    groups.push_back(data::group_of(row));
  }
  const auto sides = by_patient ? data::patient_grouped_split(labels, groups, kTestFraction, seed)
                                : data::random_stratified_split(labels, kTestFraction, seed);
  manifest.header.push_back(column);
  for (std::size_t i = 0; i < sides.size(); ++i)
    manifest.rows[i].columns[column] = std::string(to_string(sides[i]));
}

std::vector<std::size_t> choose_rows(const data::Manifest& manifest, const std::string& column,
                                     const std::string& side, int64_t images, uint64_t seed) {
  const auto rows = data::select_rows(manifest, column, side);
  if (images == 0 || static_cast<int64_t>(rows.size()) <= images) return rows;
  std::map<std::string, std::map<std::string, std::vector<std::size_t>>> patients;  // by label
  std::map<std::string, std::size_t> counts;
  for (const auto row : rows) {
    const auto& label = manifest.rows[row].label;
    patients[label][data::group_of(manifest.rows[row])].push_back(row);
    ++counts[label];
  }
  std::vector<std::size_t> chosen;
  for (const auto& [label, of_label] : patients) {
    const auto quota = static_cast<std::size_t>(
        std::max<long long>(1, std::llround(static_cast<double>(images * counts[label]) /
                                            static_cast<double>(rows.size()))));
    const auto drawn = draw_patients(
        of_label, quota, derive_seed({seed, static_cast<uint64_t>(nn::label_index(label))}));
    chosen.insert(chosen.end(), drawn.begin(), drawn.end());
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace cxrnet::study
