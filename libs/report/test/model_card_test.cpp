#include "cxrnet/report/model_card.h"

#include <gtest/gtest.h>

#include <functional>

#include "cxrnet/core/error.h"
#include "cxrnet/data/manifest.h"

namespace cxrnet::report {
namespace {

constexpr const char* kManifest =
    "path,label,source,licence,group_split\n"
    "a.png,viral,kermany,CC BY 4.0,train\n"
    "b.png,viral,kermany,CC BY 4.0,test\n"
    "c.png,viral,kermany,CC BY 4.0,train\n"
    "d.png,covid19,armiro,,train\n";

constexpr const char* kEpochs =
    "epoch,step,training_loss,seconds,is_best,validation_accuracy\n"
    "3,10,1.5,60,1,0.4\n"
    "6,20,1.0,60,1,0.75\n"
    "7,30,0.9,60,0,0.7\n";  // validated every third epoch and at the end

nlohmann::json evaluation() {
  nlohmann::json result{
      {"schema", "cxrnet.evaluate/1"},
      {"n", 6},
      {"accuracy", 0.5},
      {"bootstrap", {{"groups", 5}}},
      {"calibration", {{"ece", 0.1}, {"brier", 0.4}}},
      {"segmentation", {{"n", 2}, {"iou", 0.9}, {"dice", 0.95}}},
      {"confusion_matrix",
       {{"labels", {"healthy", "bacterial", "viral", "covid19"}},
        {"counts", {{1, 0, 1, 0}, {0, 1, 1, 0}, {0, 1, 0, 0}, {0, 0, 0, 1}}}}},
      {"sources",
       {{"kermany", {{"n", 4}, {"accuracy", 0.25}, {"interval", {0.1, 0.4}}}},
        {"", {{"n", 2}, {"accuracy", nullptr}}}}},
      {"split_column", "group_split"},
      {"split", "test"},
      {"precision", "f32"},
      {"intervals",
       {{"accuracy", {0.25, 0.75}}, {"per_class", {{"viral", {{"f1", {0.25, 0.6}}}}}}}}};
  for (const char* label : {"healthy", "bacterial", "viral", "covid19"}) {
    result["per_class"][label] = {
        {"precision", 0.5}, {"recall", 0.5}, {"f1", 0.5}, {"auroc", nullptr}, {"support", 1}};
  }
  return result;
}

ModelCard card() {
  return {.model = {{"name", "lungs"},
                    {"dtype", "float16"},
                    {"licence", "Apache-2.0"},
                    {"card", {{"limits", "Children alone."}}},
                    {"classifier", {{"architecture", "resnet34"}, {"decoder-widths", {8, 4}}}},
                    {"preprocessing", {{"arm", "segmented"}, {"size", 160}}},
                    {"provenance",
                     {{"run",
                       {{"training_images", {{"viral", 2}, {"covid19", 1}}},
                        {"validation_images", {{"viral", 1}}}}}}}},
          .sha256 = "abc",
          .bytes = 12'340'000,
          .data = data::parse_manifest(kManifest, "."),
          .split_column = "group_split",
          .commands = {"cxrnet train"},
          .compute = "a machine",
          .runs = {{"Classifier", kEpochs}},
          .evaluations = {{"Test side", evaluation()}}};
}

void expect_line(const std::string& text, const std::string& line) {
  EXPECT_NE(("\n" + text).find("\n" + line + "\n"), std::string::npos) << "lacks: " << line << "\n"
                                                                       << text;
}

TEST(ModelCard, TellsWhatTheModelIs) {
  const auto text = format_model_card(card());
  expect_line(text, "# lungs");
  expect_line(text, "**Limits.** Children alone.");
  expect_line(text, "| file | 12.3 MB, float16, SHA-256 `abc` |");
  expect_line(text, "| classifier (CXR-Net) | architecture resnet34, decoder-widths 8/4 |");
  expect_line(text, "cxrnet train");
}

TEST(ModelCard, CountsTheDataBySourceLicenceAndSide) {
  const auto text = format_model_card(card());
  expect_line(text, "| label | source | licence | test | train |");
  expect_line(text, "| viral | kermany | CC BY 4.0 | 1 | 2 |");
  expect_line(text, "| covid19 | armiro | not stated | 0 | 1 |");
  expect_line(text, "| all |  |  | 1 | 3 |");
  EXPECT_NE(text.find("100 % of the images without COVID-19 come from one source ('kermany'"),
            std::string::npos);
}

TEST(ModelCard, ShowsTheRunAndTheEpochThatWasChosen) {
  const auto text = format_model_card(card());
  expect_line(text, "Epochs: 7, minutes of training: 3.0.");
  expect_line(text, "| epoch | training loss | validation accuracy |");
  expect_line(text, "| 6, chosen | 1.000 | 0.750 |");
  expect_line(text, "| 7 | 0.900 | 0.700 |");
  EXPECT_NE(text.find("3 images were learnt from and 1, cut off by patient"), std::string::npos);
}

TEST(ModelCard, ShowsFiguresBesideThePapers) {
  const auto text = format_model_card(card());
  expect_line(text, "6 images of 5 patients, `group_split` = `test`, computed in f32.");
  expect_line(text, "| accuracy | 0.500 (0.250–0.750) | 0.879 |");
  expect_line(text, "| lung IoU, 2 masks | 0.900 | 0.925 |");
  expect_line(text, "| covid19 | 0.500 | 0.500 | 0.500 | undefined | 1 | 0.989 |");
  expect_line(text, "| viral | 0.500 | 0.500 | 0.500 (0.250–0.600) | undefined | 1 | 0.747 |");
  expect_line(text, "| bacterial | 0 | 1 | 1 | 0 |");
  expect_line(text, "| kermany | 4 | 0.250 (0.100–0.400) |");
  expect_line(text, "| not stated | 2 | undefined |");
}

nlohmann::json flagged_part(int n, int flagged, const nlohmann::json& share) {
  nlohmann::json rate{{"n", n}, {"flagged", flagged}, {"share", share}};
  if (share.is_number()) rate["interval"] = {0.013, 0.06};
  return rate;
}

// What the flags are worth is measured; nothing is promised in a model's name.
TEST(ModelCard, StatesMeasuredFlagRates) {
  auto flagged = card();
  flagged.evaluations[0].result["flags"] = {
      {"any", {{"right", flagged_part(3, 1, 1.0 / 3.0)}, {"wrong", flagged_part(3, 2, 2.0 / 3.0)}}},
      {"out_of_distribution",
       {{"right", flagged_part(3, 0, 0.0)}, {"wrong", flagged_part(302, 10, 10.0 / 302.0)}}},
      {"unusual_lung_fraction", {{"right", flagged_part(0, 0, nullptr)}, {"wrong", nullptr}}}};
  flagged.evaluations.push_back({"Adults", evaluation()});  // made before flags were counted
  const auto text = format_model_card(flagged);
  expect_line(text, "| flag | on right answers | on wrong answers |");
  expect_line(text,
              "| out_of_distribution | 0 of 3, 0.000 (0.013–0.060) | 10 of 302, 0.033 "
              "(0.013–0.060) |");
  expect_line(text, "| unusual_lung_fraction | 0 of 0 | not measured |");
  EXPECT_NE(text.find("How often the flag `out_of_distribution` was on: Test side: wrong answers "
                      "10 of 302, 0.033 (0.013–0.060), right answers 0 of 3, 0.000 "
                      "(0.013–0.060); Adults: not measured."),
            std::string::npos)
      << text;
}

TEST(ModelCard, PromisesNothingOfFlagsThatWereNotMeasured) {
  auto bare = card();
  EXPECT_NE(format_model_card(bare).find("was on: Test side: not measured."), std::string::npos);
  bare.evaluations.clear();
  const auto text = format_model_card(bare);
  EXPECT_NE(text.find("was on: not measured."), std::string::npos);
  EXPECT_EQ(text.find("catches some of them"), std::string::npos);
}

TEST(ModelCard, SaysWhoJudgedTheExplanations) {
  auto explained = card();
  auto& result = explained.evaluations[0].result;
  result["explanation"]["grad_cam"] = {{"n", 4},
                                       {"deletion", 0.2},
                                       {"insertion", 0.6},
                                       {"aoppc_block", 0.25},
                                       {"aoppc_threshold", 0.3},
                                       {"p_full_removal", 0.1},
                                       {"p_black", 0.05},
                                       {"inside_lung", nullptr}};
  result["explanation"]["grad_cam"]["difference"] = {{"deletion", 0.07},
                                                     {"insertion", 0.05},
                                                     {"aoppc_block", 0.04},
                                                     {"aoppc_threshold", -0.02},
                                                     {"inside_lung", nullptr}};
  result["intervals"]["explanation"]["grad_cam"]["difference"]["deletion"] = {0.05, 0.09};
  result["explanation_setup"] = {{"class", "covid19"},
                                 {"judge", "another"},
                                 {"difference_of", "representation"},
                                 {"options", {{"explain-imputation", "road"}}}};
  const auto text = format_model_card(explained);
  EXPECT_NE(text.find("asked about covid19, judged by another. Higher is better."),
            std::string::npos);
  expect_line(text, "| method | deletion (road, 16 × 16, by another) | images | dead maps |");
  expect_line(text, "| grad_cam | 0.200 | 4 | – |");
  expect_line(text, "| grad_cam | 0.600 | 0.300 | 0.100 | 0.050 | undefined |");
  EXPECT_NE(text.find("representation minus each other method"), std::string::npos);
  expect_line(text, "| grad_cam | 0.070 (0.050–0.090) | 0.050 | undefined |");
  EXPECT_EQ(text.find("AOPPC, blocks"), std::string::npos);
}

// One method's figures under two fills on two grids: `lead` of the representation over it.
void add_method(nlohmann::json& result, const char* name, double deletion, double lead) {
  auto& figures = result["explanation"][name];
  figures = {{"n", 4}, {"n_dead", 1}, {"deletion", deletion}, {"insertion", 0.6}};
  for (const char* block : {"blur_16", "blur_10", "zero_16", "zero_10"}) {
    figures["blocks"][block]["deletion"] = deletion;
    if (std::string_view(name) == "representation") continue;
    figures["difference"]["blocks"][block]["deletion"] = lead;
    result["intervals"]["explanation"][name]["difference"]["blocks"][block]["deletion"] = {
        lead - 0.05, lead + 0.05};
  }
}

nlohmann::json evidence() {
  auto result = evaluation();
  add_method(result, "representation", 0.3, 0.0);
  add_method(result, "grad_cam", 0.1, 0.2);
  add_method(result, "layer_cam", 0.28, 0.02);
  add_method(result, "integrated_gradients", 0.4, -0.1);
  add_method(result, "occlusion", 0.2, 0.1);
  add_method(result, "random", 0.05, 0.25);
  add_method(result, "lung_mask", 0.2, 0.1);
  result["explanation_setup"] = {
      {"judge", "another"},
      {"difference_of", "representation"},
      {"layer_cam", {{"level", 2}, {"chosen_on", {{"side", "train"}, {"n", 30}}}}}};
  for (const char* fill : {"blur", "zero"}) {
    for (const int grid : {16, 10}) {
      result["explanation_setup"]["blocks"].push_back(
          {{"name", fill + ("_" + std::to_string(grid))}, {"fill", fill}, {"grid", grid}});
    }
  }
  return result;
}

TEST(ModelCard, ShowsTheEvidenceUnderEachFillAndGridAndWhatItMeans) {
  auto explained = card();
  explained.evaluations[0].result = evidence();
  const auto text = format_model_card(explained);
  expect_line(text,
              "| method | deletion (blur, 16 × 16, by another) | deletion (blur, 10 × 10, by "
              "another) | deletion (zero, 16 × 16, by another) | deletion (zero, 10 × 10, by "
              "another) | images | dead maps |");
  expect_line(text, "| layer_cam, level 2 | 0.280 | 0.280 | 0.280 | 0.280 | 4 | 1 |");
  EXPECT_NE(text.find("best level by deletion on 30 images of the side `train`"),
            std::string::npos);
  // The lung mask has half of what lies between Grad-CAM and the representation.
  expect_line(text,
              "- zero, 10 × 10: beats grad_cam, occlusion, random and lung_mask; ties with "
              "layer_cam; loses to integrated_gradients. Of its lead over grad_cam the lungs' "
              "outline alone has 50.0\u00A0%.");
  EXPECT_EQ(text.find("Not measured beside"), std::string::npos);
}

TEST(ModelCard, NamesWhatIsMissingBesideTheRepresentation) {
  auto explained = card();
  auto result = evidence();
  result["explanation"].erase("lung_mask");
  result["explanation"]["occlusion"] = nullptr;
  result["explanation_setup"]["blocks"].erase(3);
  result["explanation_setup"]["layer_cam"]["chosen_on"] = nullptr;
  explained.evaluations[0].result = result;
  const auto text = format_model_card(explained);
  EXPECT_NE(text.find("Not measured beside the representation: occlusion, lung_mask, zero on two "
                      "grids and LayerCAM's best level."),
            std::string::npos)
      << text;
}

// Healthy adults alone: no F1 of classes that do not occur, but where they went.
TEST(ModelCard, AnEvaluationOfOneClassShowsWhereItsImagesWent) {
  auto one = card();
  auto& result = one.evaluations[0].result;
  for (const char* label : {"bacterial", "viral", "covid19"})
    result["per_class"][label]["support"] = 0;
  result["confusion_matrix"]["counts"] = {{1, 0, 0, 5}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}};
  const auto text = format_model_card(one);
  expect_line(text, "Accuracy 0.500 (0.250–0.750).");
  expect_line(text, "| healthy | 1 | 0 | 0 | 5 |");
  EXPECT_EQ(text.find("\n| bacterial |"), std::string::npos);
  EXPECT_EQ(text.find("0.879"), std::string::npos);
}

// Every member of every JSON, one after the other, as a figure that is undefined.
void for_each_null(nlohmann::json& part, const std::string& path,
                   const std::function<void(const std::string&)>& check) {
  for (auto member = part.begin(); member != part.end(); ++member) {
    const auto name =
        path + "/" + (part.is_object() ? member.key() : std::to_string(member - part.begin()));
    const auto before = *member;
    *member = nullptr;
    check(name);
    *member = before;
    if (member->is_structured()) for_each_null(*member, name, check);
  }
}

nlohmann::json explained_evaluation() {
  auto result = evaluation();
  auto& method = result["explanation"]["grad_cam"];
  method = {{"n", 4},
            {"deletion", 0.2},
            {"insertion", 0.6},
            {"aoppc_block", 0.25},
            {"aoppc_threshold", 0.3},
            {"p_full_removal", 0.1},
            {"p_black", 0.05},
            {"inside_lung", 0.5}};
  method["difference"] = {{"deletion", 0.07},
                          {"insertion", 0.05},
                          {"aoppc_block", 0.04},
                          {"aoppc_threshold", -0.02},
                          {"inside_lung", 0.1}};
  result["intervals"]["explanation"]["grad_cam"] = {{"deletion", {0.1, 0.3}}};
  result["undefined"] = {{"per_class", {{"viral", {{"auroc", "no other class"}}}}}};
  result["explanation_setup"] = {{"class", "covid19"},
                                 {"judge", "another"},
                                 {"difference_of", "representation"},
                                 {"options", {{"explain-imputation", "road"}}}};
  return result;
}

TEST(ModelCard, SurvivesANullInAnyOfItsInputs) {
  auto nulled = card();
  nulled.evaluations[0].result = explained_evaluation();
  const auto whole = format_model_card(nulled);
  int changed = 0;
  const auto check = [&](const std::string& name) {
    SCOPED_TRACE(name);
    std::string text;
    if (name == "/schema") {
      EXPECT_THROW(format_model_card(nulled), Error);
      return;
    }
    ASSERT_NO_THROW(text = format_model_card(nulled));
    EXPECT_EQ(text.find("null"), std::string::npos);
    EXPECT_EQ(text.find("0.000"), std::string::npos);  // what is undefined is not 0
    changed += text != whole ? 1 : 0;
  };
  for_each_null(nulled.model, "", check);
  auto& result = nulled.evaluations[0].result;
  for_each_null(result, "", check);
  EXPECT_GT(changed, 60);
}

TEST(ModelCard, TellsWhyAFigureIsUndefined) {
  auto undefined = card();
  undefined.evaluations[0].result = explained_evaluation();
  auto& result = undefined.evaluations[0].result;
  result["explanation"]["grad_cam"]["p_full_removal"] = nullptr;
  result["undefined"]["explanation"]["grad_cam"]["p_full_removal"] = "no image";
  const auto text = format_model_card(undefined);
  expect_line(
      text,
      "| viral | 0.500 | 0.500 | 0.500 (0.250–0.600) | undefined: no other class | 1 | 0.747 |");
  expect_line(text, "| grad_cam | 0.600 | 0.300 | undefined: no image | 0.050 | 0.500 |");
}

TEST(ModelCard, RefusesWhatIsNoResultNoLogAndNoColumn) {
  auto no_result = card();
  no_result.evaluations[0].result = {{"schema", "other"}};
  EXPECT_THROW(format_model_card(no_result), Error);
  auto no_log = card();
  no_log.runs[0].epochs_csv = "a,b\n1,2\n";
  EXPECT_THROW(format_model_card(no_log), Error);
  auto no_column = card();
  no_column.split_column = "paper_split";
  EXPECT_THROW(format_model_card(no_column), Error);
}

}  // namespace
}  // namespace cxrnet::report
