// Puts the stages of a study together, section by section of the paper.
#pragma once

#include <string>
#include <vector>

#include "cxrnet/nn/options.h"
#include "cxrnet/study/plan.h"
#include "stages/explained_images.h"
#include "stages/networks.h"
#include "stages/shards_stage.h"

namespace cxrnet::study {

class PlanBuilder {
 public:
  PlanBuilder(const StudyOptions& options, const DataFacts& data);

  void add_segmentation();    ///< fig3, fig7, fig8
  void add_classification();  ///< fig9, fig10, fig11, table1, leakage
  void add_explanation();     ///< fig12, fig13, judge, fig14, audit
  void add_ablations();

  std::vector<Stage> take() { return std::move(stages_); }

 private:
  void add_shards(const char* name, const char* item, const char* title,
                  const ShardsRecipe& recipe);
  void add_classifier(const std::string& name, const char* item, const std::string& title,
                      const ClassifierRecipe& recipe);
  void add_segmenter(const char* name, const char* item, const char* title, nn::DiceTerm dice_term);
  /// A stage that only puts results together.
  void add_item(const char* item, const char* title, std::vector<std::string> needs,
                nlohmann::json (*work)(Workplace&), double seconds = 5.0);
  /// Heat maps of one method on one model, measured by the model itself and by the judge.
  void add_measures(const MapName& name);
  void add_audit(const std::string& paper_model);

  ClassifierRecipe recipe(const char* shards, nn::Architecture encoder) const;
  ClassifierRecipe selecting_recipe() const;

  const StudyOptions& options_;
  const DataFacts& data_;
  std::vector<Stage> stages_;
};

}  // namespace cxrnet::study
