#include "case/section.h"

#include <algorithm>
#include <string>

#include "case/pictures.h"
#include "cxrnet/nn/labels.h"
#include "page/class_names.h"
#include "page/number_text.h"
#include "page/page.h"
#include "page/table.h"

namespace cxrnet::report {
namespace {

double top_probability(const pipeline::Diagnosis& diagnosis) {
  return *std::max_element(diagnosis.probabilities.begin(), diagnosis.probabilities.end());
}

// "out_of_distribution" as "Out of distribution".
std::string spoken(pipeline::Flag flag) {
  std::string name(pipeline::flag_name(flag));
  std::replace(name.begin(), name.end(), '_', ' ');
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

std::string width(double share) { return "width:" + fixed(100.0 * share, 2) + "%"; }

// All four probabilities in one bar; the numbers stand in the case's own section.
Html stacked_bar(const pipeline::Diagnosis& diagnosis) {
  Html parts;
  for (std::size_t i = 0; i < nn::kLabels.size(); ++i) {
    parts.append(
        element("span", {{"class", nn::kLabels[i]}, {"style", width(diagnosis.probabilities[i])}}));
  }
  return element("span", {{"class", "stack"}, {"aria-hidden", "true"}}, parts);
}

Html probability_bars(const pipeline::Diagnosis& diagnosis) {
  Html rows;
  for (std::size_t i = 0; i < nn::kLabels.size(); ++i) {
    const auto label = nn::kLabels[i];
    const double probability = diagnosis.probabilities[i];
    const Html bar = element("span", {{"class", label}, {"style", width(probability)}});
    rows.append(
        element("tr", {{"class", label == diagnosis.label ? "answer" : "other"}},
                row_header(class_name(label)),
                element("td", {{"class", "bar"}},
                        element("span", {{"class", "track"}, {"aria-hidden", "true"}}, bar)),
                number_cell(percent(probability))));
  }
  return element("table", {{"class", "bars"}}, element("caption", {}, "Probability of each class"),
                 element("tbody", {}, rows));
}

Html flag_list(const pipeline::Diagnosis& diagnosis) {
  if (diagnosis.flags.empty()) return {};
  Html items;
  for (const auto flag : diagnosis.flags) {
    items.append(element("li", {}, element("strong", {}, spoken(flag), "."), " ",
                         pipeline::flag_explanation(flag), " ",
                         element("code", {}, pipeline::flag_name(flag))));
  }
  return element("ul", {{"class", "flags"}, {"aria-label", "Reasons for doubt"}}, items);
}

Html flag_chips(const pipeline::Diagnosis& diagnosis) {
  if (diagnosis.flags.empty()) return element("span", {{"class", "none"}}, "none");
  Html chips;
  for (const auto flag : diagnosis.flags) {
    chips.append(element("span", {{"class", "chip"}}, spoken(flag)));
  }
  return chips;
}

std::string lung_text(const pipeline::Diagnosis& diagnosis, const ReportContext& context) {
  if (diagnosis.mask.empty()) return "not segmented";
  std::string text = percent(diagnosis.lung_fraction) + " of the image";
  if (context.usual_lung_fraction) {
    text += " (usual: " + percent(context.usual_lung_fraction->low) + " to " +
            percent(context.usual_lung_fraction->high) + ")";
  }
  return text;
}

std::string calibration_text(const pipeline::Diagnosis& diagnosis) {
  return diagnosis.calibrated ? "calibrated: 80\u00A0% should be right 8 times in 10, on images "
                                "like the training ones"
                              : "not calibrated: read them as an order, not as chances";
}

Html case_facts(const pipeline::Diagnosis& diagnosis, const ReportContext& context) {
  return element("dl", {{"class", "facts"}}, fact("Probabilities", calibration_text(diagnosis)),
                 fact("Lungs", lung_text(diagnosis, context)),
                 fact("Image", std::to_string(diagnosis.image.cols) + " × " +
                                   std::to_string(diagnosis.image.rows) + " pixels"),
                 fact("Flags", diagnosis.flags.empty() ? "none" : ""));
}

}  // namespace

Html case_row(std::string_view anchor, std::string_view title,
              const pipeline::Diagnosis& diagnosis) {
  const std::string target = "#" + std::string(anchor);
  const Html name = element("span", {{"dir", "auto"}}, title);
  const Html head = anchor.empty() ? name
                                   : element("span", {{"class", "name"}}, thumbnail(diagnosis),
                                             element("a", {{"href", target}}, name));
  return element("tr", {}, row_header(head), cell(class_name(diagnosis.label)),
                 number_cell(percent(top_probability(diagnosis))), cell(stacked_bar(diagnosis)),
                 number_cell(diagnosis.mask.empty() ? "–" : percent(diagnosis.lung_fraction)),
                 cell(flag_chips(diagnosis)));
}

Html case_section(std::string_view anchor, std::string_view title,
                  const pipeline::Diagnosis& diagnosis, const ReportContext& context) {
  const Html answer = element("p", {{"class", "verdict"}}, class_name(diagnosis.label), " ",
                              element("strong", {}, percent(top_probability(diagnosis))));
  const Html heading =
      element("div", {{"class", "heading"}}, element("h2", {{"dir", "auto"}}, title), answer);
  return element("section", {{"class", "case"}, {"id", anchor}}, heading, flag_list(diagnosis),
                 case_pictures(title, diagnosis, context.arm),
                 element("div", {{"class", "figures"}}, probability_bars(diagnosis),
                         case_facts(diagnosis, context)));
}

}  // namespace cxrnet::report
