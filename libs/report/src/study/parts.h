// The sections of a study's page. Each is there even when the study lacks its member, and then says
// why.
#pragma once

#include "page/html.h"
#include "study/section.h"

namespace cxrnet::report {

// study_overview.cpp
Html glance(const StudyView& view);  ///< tiles: the paper's key figures beside ours
Html data_section(const StudyView& view);
Html plan_section(const StudyView& view);
Html made_section(const StudyView& view);

// study/preprocessing.cpp
Html fig3_section(const StudyView& view);
Html fig7_section(const StudyView& view);

// study_accuracy.cpp
Html fig8_section(const StudyView& view);
Html fig9_section(const StudyView& view);
Html fig10_section(const StudyView& view);
Html leakage_section(const StudyView& view);

// study_classes.cpp
Html fig11_section(const StudyView& view);
Html table1_section(const StudyView& view);

// study_explanations.cpp
Html fig12_section(const StudyView& view);
Html fig13_section(const StudyView& view);
Html fig14_section(const StudyView& view);

// study_beyond.cpp
Html judge_section(const StudyView& view);
Html audit_section(const StudyView& view);
Html ablations_section(const StudyView& view);

/// Text beside the pictures of a gallery's row, then one cell per column.
Html gallery(std::string_view caption, const std::vector<std::string>& titles,
             const std::vector<std::vector<Html>>& rows);

}  // namespace cxrnet::report
