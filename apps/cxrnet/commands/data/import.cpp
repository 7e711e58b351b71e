// import: a manifest from images that lie in one folder per class.
#include "cxrnet/data/importer.h"

#include <map>

#include "commands/commands.h"
#include "framework/inputs.h"

namespace cxrnet::app {
namespace {

namespace fs = std::filesystem;

// The importer's paths start from the imported folder, those of a manifest from the manifest's
// folder.
void move_manifest(data::Manifest& manifest, const fs::path& new_folder) {
  const fs::path target = fs::absolute(new_folder).lexically_normal();
  const auto moved = [&](const std::string& path) {
    const auto file = fs::absolute(data::resolve_path(manifest, path)).lexically_normal();
    return file.lexically_relative(target).generic_string();
  };
  for (auto& row : manifest.rows) {
    row.path = moved(row.path);
    if (!row.mask_path.empty()) row.mask_path = moved(row.mask_path);
  }
  manifest.folder = new_folder;
}

std::map<std::string, int64_t> count_labels(const data::Manifest& manifest) {
  std::map<std::string, int64_t> counts;
  for (const auto& row : manifest.rows) ++counts[row.label];
  return counts;
}

ExitStatus run(const data::ImportOptions& options, Context& context) {
  auto out = context.open_out_file();
  auto imported = data::import_folder(context.argument("DIR"), options);
  std::vector<std::filesystem::path> images;
  for (const auto& row : imported.manifest.rows)
    images.push_back(data::resolve_path(imported.manifest, row.path));
  out.protect(canonical_paths(images));
  move_manifest(imported.manifest, out.path().parent_path());
  out.write(data::format_manifest(imported.manifest));
  context.save_configuration(out);
  for (const auto& note : imported.notes) context.console.message("note: " + note);

  const auto counts = count_labels(imported.manifest);
  if (context.common.json) {
    context.console.print_json({{"schema", "cxrnet.import/1"},
                                {"n", imported.manifest.rows.size()},
                                {"labels", counts},
                                {"patients_on_both_sides", imported.leaks},
                                {"notes", imported.notes}});
    return ExitStatus::all_done;
  }
  Table table{.header = {"label", "images"}, .rows = {}};
  for (const auto& [label, count] : counts) table.rows.push_back({label, std::to_string(count)});
  table.rows.push_back({"all", std::to_string(imported.manifest.rows.size())});
  context.console.print_table(table);
  return ExitStatus::all_done;
}

}  // namespace

Command import_command() {
  return make_command<data::ImportOptions>(
      {.verb = "import",
       .group = "Data and training",
       .summary = "make a manifest from a folder with one folder per class",
       .example = "cxrnet import folder chest_xray/ --out chest_xray/manifest.csv",
       .positionals = {{.name = "KIND", .help = "what to import", .choices = {"folder"}},
                       {.name = "DIR", .help = "folder that holds the folders of the classes"}},
       .uses =
           {.json = true, .out = "the manifest to write", .out_required = true, .overwrite = true}},
      run);
}

}  // namespace cxrnet::app
