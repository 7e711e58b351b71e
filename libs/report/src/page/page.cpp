#include "page/page.h"

#include "page/style.h"

namespace cxrnet::report {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action "
    "'none'";

Html head(std::string_view title, std::string_view style) {
  const auto meta = [](std::string_view name, std::string_view content) {
    return void_element("meta", {{"name", name}, {"content", content}});
  };
  return element(
      "head", {}, void_element("meta", {{"charset", "utf-8"}}),
      void_element("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", kPolicy}}),
      meta("viewport", "width=device-width, initial-scale=1"), meta("color-scheme", "light dark"),
      meta("robots", "noindex"), element("title", {}, title, " · cxrnet"),
      element("style", {}, Html::trusted(kStyleSheet + std::string(style))));
}

Html notice() {
  return element("p", {{"class", "notice"}, {"role", "note"}},
                 element("strong", {}, "Research use only."),
                 " Not a medical device, not for diagnosis or treatment.");
}

std::string arm_text(nn::Arm arm) {
  return arm == nn::Arm::segmented ? "the lungs alone (arm segmented)"
                                   : "the whole image (arm original)";
}

Html facts(const ReportContext& context) {
  Html list = concat(fact("Model", context.model_name), fact("Encoder", context.architecture),
                     fact("Classifier sees", arm_text(context.arm)), fact("Date", context.date));
  if (!context.version.empty()) list.append(fact("Program", "cxrnet " + context.version));
  for (const auto& [name, value] : context.settings) list.append(fact(name, value));
  const auto code = [](const std::string& text) {
    return text.empty() ? Html() : element("code", {}, text);
  };
  list.append(fact("Command", code(context.command)));
  list.append(fact("Model file, SHA-256", code(context.model_sha256)));
  return element("dl", {{"class", "facts"}}, list);
}

Html population(const ReportContext& context) {
  if (context.population.empty()) return {};
  return element("p", {{"class", "population"}}, "Population: ", context.population, ".");
}

Html limits(const ReportContext& context) {
  const std::string_view text = context.limits.empty()
                                    ? "The model file states none. Until shown otherwise, expect "
                                      "that the model has learnt traces of age, "
                                      "hospital and equipment beside disease, and that it errs on "
                                      "images unlike those it was trained on."
                                    : std::string_view(context.limits);
  return element("section", {{"class", "limits"}, {"aria-labelledby", "limits"}},
                 element("h2", {{"id", "limits"}}, "Known limits of this model"),
                 element("p", {}, text), population(context));
}

}  // namespace

Html fact(std::string_view name, const Html& value) {
  if (value.empty()) return {};
  return element("div", {}, element("dt", {}, name), element("dd", {}, value));
}

Html fact(std::string_view name, std::string_view value) { return fact(name, concat(value)); }

std::string count_of(std::size_t count, std::string_view singular, std::string_view plural) {
  return std::to_string(count) + " " + std::string(count == 1 ? singular : plural);
}

std::string page(const PageParts& parts) {
  const Html header =
      element("header", {}, element("h1", {}, parts.title),
              element("div", {{"class", "lead"}}, parts.lead), notice(), parts.header);
  const Html footer = element("footer", {}, "cxrnet · research use only");
  const Html main = element("main", {}, parts.body);
  const Html document = element("html", {{"lang", "en"}}, head(parts.title, parts.style),
                                element("body", {}, header, main, footer));
  return "<!doctype html>\n" + document.code();
}

std::string page(std::string_view title, const Html& lead, const ReportContext& context,
                 const Html& body) {
  return page({.title = title,
               .lead = lead,
               .header = concat(facts(context), limits(context)),
               .body = body});
}

}  // namespace cxrnet::report
