#include "cxrnet/nn/model_identity.h"

#include <initializer_list>
#include <utility>
#include <vector>

#include "cxrnet/core/options.h"
#include "cxrnet/nn/labels.h"
#include "cxrnet/nn/model_file.h"

namespace cxrnet::nn {
namespace {

using nlohmann::json;

// A text, or the texts of a list one after the other.
std::string words_of(const json& card, const char* member) {
  const auto found = card.find(member);
  if (found == card.end()) return {};
  if (found->is_string()) return found->get<std::string>();
  std::vector<std::string> texts;
  if (found->is_array()) {
    for (const auto& text : *found) {
      if (text.is_string()) texts.push_back(text.get<std::string>());
    }
  }
  return join(texts, " ");
}

// A member of an object within objects; null where one of them is missing.
json member(const json& object, std::initializer_list<const char*> names) {
  const json* place = &object;
  for (const char* name : names) {
    const auto found = place->is_object() ? place->find(name) : place->end();
    if (found == place->end()) return nullptr;
    place = &*found;
  }
  return *place;
}

// "1101 healthy, 1971 bacterial": the classes in their own order.
std::vector<std::string> counted_classes(const json& counts, int64_t& total) {
  std::vector<std::string> texts;
  for (const auto label : kLabels) {
    const auto found = counts.find(std::string(label));
    if (found == counts.end() || !found->is_number_integer()) continue;
    texts.push_back(found->dump() + " " + std::string(label));
    total += found->get<int64_t>();
  }
  return texts;
}

std::string sources_text(const json& sources) {
  if (!sources.is_object() || sources.empty())
    return "; ages, sexes and sources are not recorded in the model file";
  std::vector<std::string> texts;
  for (const auto& [source, count] : sources.items())
    texts.push_back((source.empty() ? "not stated" : source) + " " + count.dump());
  return "; by source: " + join(texts) + "; ages and sexes are not recorded in the model file";
}

// What the training noted of its images: no more than it can know.
std::string learnt_from(const json& provenance) {
  constexpr const char* kNotRecorded =
      "not recorded: the model file does not say whose X-rays it learnt from";
  const json run = member(provenance, {"run"});
  const json counts = member(run, {"training_images"});
  if (!counts.is_object()) return kNotRecorded;
  int64_t total = 0;
  const auto classes = counted_classes(counts, total);
  if (total == 0) return kNotRecorded;
  return "learnt from " + std::to_string(total) + " X-rays: " + join(classes) +
         sources_text(member(run, {"training_sources"}));
}

ModelIdentity identity(std::string name, std::string sha256, const json& card,
                       const json& provenance) {
  auto population = words_of(card, "population");
  if (population.empty()) population = learnt_from(provenance);
  return {.name = std::move(name),
          .sha256 = std::move(sha256),
          .limits = words_of(card, "limits"),
          .population = std::move(population)};
}

json or_null(const std::string& text) { return text.empty() ? json() : json(text); }

}  // namespace

ModelIdentity identity_of(const ModelFile& model, std::string sha256) {
  return identity(model.name, std::move(sha256), model.card, model.provenance);
}

ModelIdentity identity_of(const json& description, std::string sha256) {
  const json name = member(description, {"name"});
  return identity(name.is_string() ? name.get<std::string>() : std::string(), std::move(sha256),
                  member(description, {"card"}), member(description, {"provenance"}));
}

json to_json(const ModelIdentity& identity) {
  return {{"name", or_null(identity.name)},
          {"sha256", or_null(identity.sha256)},
          {"limits", or_null(identity.limits)},
          {"population", or_null(identity.population)}};
}

}  // namespace cxrnet::nn
