// phantom: rendered chest radiographs with exact masks and a manifest, to try everything without a
// patient's image.
#include "cxrnet/imaging/phantom.h"

#include "commands/commands.h"
#include "cxrnet/data/manifest.h"
#include "cxrnet/data/splits.h"
#include "cxrnet/imaging/encode.h"

namespace cxrnet::app {
namespace {

constexpr const char* kManifest = "manifest.csv";

struct PhantomSetOptions {
  int64_t count = 1;  // persons per finding
  std::vector<std::string> findings = enum_names<imaging::Finding>();
  double test_fraction = 0.2;       // of the split columns
  imaging::PhantomOptions phantom;  // the seed is the first person's, the others count on from it

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.count, Field{"count", "persons per finding", {.minimum = 1, .maximum = 100000}});
    visit(self.findings, Field{"findings", "what to render"});
    visit(self.test_fraction, Field{"test-fraction",
                                    "part of the persons on the test side of the split columns",
                                    {.minimum = 0, .maximum = 1}});
    cxrnet::visit_fields(self.phantom, [&](auto& value, const Field& field) {
      // --findings stands for the phantom's own --finding.
      if (std::string_view(field.name) != "finding") visit(value, field);
    });
  }
};

// The folders of a set.
struct SetFolders {
  OutputFolder& set;
  OutputFolder images, lung_masks, lesion_masks;

  SetFolders(OutputFolder& folder, Replace replace)
      : set(folder),
        images(folder.path() / "images", replace),
        lung_masks(folder.path() / "lung_masks", replace),
        lesion_masks(folder.path() / "lesion_masks", replace) {}
};

// Images may be inputs of other verbs, masks may not.
void write_phantom(SetFolders& folders, const std::string& id, const imaging::Phantom& phantom) {
  const auto name = id + ".png";
  folders.images.write(name, imaging::encode_png(phantom.image));
  folders.lung_masks.write(name, imaging::encode_png_1bit(phantom.lung_mask), OutputKind::picture);
  folders.lesion_masks.write(name, imaging::encode_png_1bit(phantom.lesion_mask),
                             OutputKind::picture);
}

std::string id_of(int64_t seed) { return "phantom-" + std::to_string(seed); }

data::ManifestRow describe(const imaging::PhantomOptions& phantom) {
  const auto id = id_of(phantom.seed);
  data::ManifestRow row;
  row.image_id = id;
  row.path = "images/" + id + ".png";
  row.label = to_string(phantom.finding);
  row.source = "phantom";
  row.patient_id = id;
  row.mask_path = "lung_masks/" + id + ".png";
  row.columns = {{"lesion_mask_path", "lesion_masks/" + id + ".png"}};
  return row;
}

// Each phantom is a person of its own, so that the random split never puts one on both sides.
void set_splits(data::Manifest& manifest, const PhantomSetOptions& options) {
  std::vector<std::string> labels;
  for (const auto& row : manifest.rows) labels.push_back(row.label);
  const auto sides = data::random_stratified_split(labels, options.test_fraction,
                                                   static_cast<uint64_t>(options.phantom.seed));
  for (std::size_t i = 0; i < sides.size(); ++i) {
    for (const char* column : {"paper_split", "group_split"}) {
      manifest.rows[i].columns[column] = std::string(to_string(sides[i]));
    }
  }
}

data::Manifest render_all(const PhantomSetOptions& options, SetFolders& folders, Console& console) {
  data::Manifest manifest{.folder = folders.set.path(),
                          .header = {"image_id", "path", "label", "source", "patient_id",
                                     "mask_path", "lesion_mask_path", "paper_split", "group_split"},
                          .rows = {}};
  const auto total = options.count * static_cast<int64_t>(options.findings.size());
  ProgressBar bar(console, "phantoms", total);
  for (int64_t number = 0; number < total && !stop_requested(); ++number) {
    auto phantom = options.phantom;
    phantom.seed += number;
    phantom.finding = parse_enum<imaging::Finding>(
        options.findings[number % options.findings.size()], "findings");
    manifest.rows.push_back(describe(phantom));
    write_phantom(folders, manifest.rows.back().image_id, imaging::render_phantom(phantom));
    bar.update(number + 1);
  }
  return manifest;
}

// What a signal left out.
std::vector<std::string> not_rendered(const PhantomSetOptions& options,
                                      const data::Manifest& manifest) {
  std::vector<std::string> ids;
  const auto total = options.count * static_cast<int64_t>(options.findings.size());
  for (auto number = static_cast<int64_t>(manifest.rows.size()); number < total; ++number)
    ids.push_back(id_of(options.phantom.seed + number));
  return ids;
}

ExitStatus run(const PhantomSetOptions& options, Context& context) {
  if (options.findings.empty()) {
    throw Error(ErrorCode::invalid_option,
                "findings: expected at least one, got none; change --findings");
  }
  auto folder = context.open_out_folder({kManifest});
  SetFolders folders(folder, context.replace());
  auto manifest = render_all(options, folders, context.console);
  set_splits(manifest, options);
  folder.write(kManifest, data::format_manifest(manifest));
  context.save_configuration(folder);

  const auto left = not_rendered(options, manifest);
  nlohmann::json images = nlohmann::json::array();
  Table table{.header = {"image", "label", "file"}, .rows = {}};
  for (const auto& row : manifest.rows) {
    images.push_back({{"image_id", row.image_id},
                      {"label", row.label},
                      {"file", row.path},
                      {"mask", row.mask_path},
                      {"lesion_mask", row.columns.at("lesion_mask_path")}});
    table.rows.push_back({row.image_id, row.label, row.path});
  }
  if (context.common.json) {
    context.console.print_json({{"schema", "cxrnet.phantom/1"},
                                {"manifest", kManifest},
                                {"images", images},
                                {"complete", left.empty()},
                                {"unprocessed", left},
                                {"notice", kResearchUse}});
  } else {
    context.console.print_table(table);
  }
  return ExitStatus::all_done;
}

}  // namespace

Command phantom_command() {
  Command command = make_command<PhantomSetOptions>(
      {.verb = "phantom",
       .group = "Images",
       .summary = "render chest phantoms with exact lung and lesion masks",
       .example = "cxrnet phantom --count 10 --out phantoms",
       .uses = {.json = true,
                .out = "folder for images, masks and manifest.csv",
                .out_required = true,
                .overwrite = true}},
      run);
  for (auto& row : command.rows) {
    if (row.name == "findings") row.choices = enum_names<imaging::Finding>();
  }
  return command;
}

}  // namespace cxrnet::app
