#include "cxrnet/nn/model_identity.h"

#include <gtest/gtest.h>

#include "cxrnet/nn/model_file.h"

namespace cxrnet::nn {
namespace {

using nlohmann::json;

const json kRun{{"training_images", {{"viral", 3}, {"healthy", 12}, {"covid19", 1}}}};
const json kRunWithSources{{"training_images", {{"viral", 3}, {"healthy", 12}}},
                           {"training_sources", {{"kermany", 14}, {"", 1}}}};

struct PopulationCase {
  const char* name;
  json card;
  json provenance;
  const char* population;
};

class Population : public testing::TestWithParam<PopulationCase> {};

TEST_P(Population, IsStatedOrWhatTheTrainingNoted) {
  ModelFile model;
  model.card = GetParam().card;
  model.provenance = GetParam().provenance;
  EXPECT_EQ(identity_of(model, "").population, GetParam().population);
  const json description{{"name", "x"}, {"card", model.card}, {"provenance", model.provenance}};
  EXPECT_EQ(identity_of(description, "").population, GetParam().population);
}

INSTANTIATE_TEST_SUITE_P(
    Models, Population,
    testing::Values(
        PopulationCase{"stated",
                       {{"population", "Adults of one hospital"}},
                       {{"run", kRun}},
                       "Adults of one hospital"},
        PopulationCase{"stated_as_a_list",
                       {{"population", {"Adults.", "Children."}}},
                       {},
                       "Adults. Children."},
        PopulationCase{"noted",
                       json::object(),
                       {{"run", kRun}},
                       "learnt from 16 X-rays: 12 healthy, 3 viral, 1 covid19; ages, sexes and "
                       "sources are not recorded in the model file"},
        PopulationCase{"noted_with_sources",
                       json::object(),
                       {{"run", kRunWithSources}},
                       "learnt from 15 X-rays: 12 healthy, 3 viral; by source: not stated 1, "
                       "kermany 14; ages and sexes are not recorded in the model file"},
        PopulationCase{"nothing", json::object(), json::object(),
                       "not recorded: the model file does not say whose X-rays it learnt from"},
        PopulationCase{"of_another_shape",
                       json::object(),
                       {{"run", {{"training_images", {{"healthy", "many"}}}}}},
                       "not recorded: the model file does not say whose X-rays it learnt from"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(ModelIdentity, IsTheObjectOfEveryOutput) {
  ModelFile model;
  model.name = "tiny";
  model.card = {{"limits", {"Children alone.", "One hospital."}}, {"population", "Children"}};
  EXPECT_EQ(to_json(identity_of(model, "abc")), json({{"name", "tiny"},
                                                      {"sha256", "abc"},
                                                      {"limits", "Children alone. One hospital."},
                                                      {"population", "Children"}}));
}

TEST(ModelIdentity, WhatIsNotKnownIsNull) {
  const auto object = to_json(identity_of(json{{"card", {{"limits", 3}}}}, ""));
  for (const char* name : {"name", "sha256", "limits"}) EXPECT_TRUE(object.at(name).is_null());
  EXPECT_TRUE(object.at("population").is_string());
}

}  // namespace
}  // namespace cxrnet::nn
