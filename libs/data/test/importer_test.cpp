#include "cxrnet/data/importer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "expect_error.h"
#include "temporary_folder.h"

namespace cxrnet::data {
namespace {

namespace fs = std::filesystem;

void touch(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "x";
}

class ImporterTest : public ::testing::Test {
 protected:
  const fs::path& root() const { return folder_.path(); }
  void add(std::initializer_list<const char*> files) const {
    for (const char* file : files) touch(root() / file);
  }
  std::map<std::string, ManifestRow> import(const ImportOptions& options = {}) const {
    std::map<std::string, ManifestRow> by_path;
    for (const auto& row : import_folder(root(), options).manifest.rows) by_path[row.path] = row;
    return by_path;
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(ImporterTest, TakesLabelsFromFolderNames) {
  const std::pair<const char*, const char*> rows[] = {{"healthy/a.png", "healthy"},
                                                      {"Normal/b.JPG", "healthy"},
                                                      {"BACTERIAL/c.jpeg", "bacterial"},
                                                      {"bacteria/d.tif", "bacterial"},
                                                      {"viral/e.dcm", "viral"},
                                                      {"virus/deep/er/f.bmp", "viral"},
                                                      {"covid19/g.png", "covid19"},
                                                      {"COVID/h.png", "covid19"},
                                                      {"set 1/Covid-19/i.png", "covid19"},
                                                      {"viral/healthy/j.png", "healthy"}};
  for (const auto& [path, label] : rows) touch(root() / path);
  const auto imported = import();
  EXPECT_EQ(imported.size(), std::size(rows));
  for (const auto& [path, label] : rows) EXPECT_EQ(imported.at(path).label, label) << path;
}

TEST_F(ImporterTest, ReadsKermanysScheme) {
  add({"train/PNEUMONIA/person12_bacteria_34.jpeg", "train/PNEUMONIA/person12_bacteria_35.jpeg",
       "train/PNEUMONIA/person7_virus_9.jpeg", "test/PNEUMONIA/person12_virus_2.jpeg",
       "train/NORMAL/IM-0115-0001.jpeg", "test/NORMAL/NORMAL2-IM-0380-0001.jpeg"});
  const auto imported = import();
  EXPECT_EQ(imported.at("train/PNEUMONIA/person12_bacteria_34.jpeg").label, "bacterial");
  EXPECT_EQ(imported.at("train/PNEUMONIA/person12_bacteria_34.jpeg").patient_id, "train_person12");
  EXPECT_EQ(imported.at("train/PNEUMONIA/person12_bacteria_35.jpeg").patient_id, "train_person12");
  EXPECT_EQ(imported.at("train/PNEUMONIA/person7_virus_9.jpeg").label, "viral");
  EXPECT_EQ(imported.at("test/PNEUMONIA/person12_virus_2.jpeg").patient_id, "test_person12");
  EXPECT_EQ(imported.at("train/NORMAL/IM-0115-0001.jpeg").label, "healthy");
  EXPECT_EQ(imported.at("train/NORMAL/IM-0115-0001.jpeg").patient_id, "train_IM-0115");
  EXPECT_EQ(imported.at("test/NORMAL/NORMAL2-IM-0380-0001.jpeg").patient_id,
            "test_NORMAL2-IM-0380");
  EXPECT_TRUE(import_folder(root()).notes.empty());
}

TEST_F(ImporterTest, TakesPatientsByPatternAndNotesTheRest) {
  add({"viral/p12_1.png", "viral/p12_2.png", "healthy/p3_1.png", "healthy/odd.png"});
  ImportOptions options;
  options.patient_pattern = "p([0-9]+)_";
  options.source = "ward";
  const auto imported = import(options);
  EXPECT_EQ(imported.at("viral/p12_1.png").patient_id, "12");
  EXPECT_EQ(imported.at("viral/p12_2.png").patient_id, "12");
  EXPECT_EQ(imported.at("healthy/odd.png").patient_id, "");
  EXPECT_EQ(group_of(imported.at("healthy/odd.png")), "odd");
  EXPECT_EQ(imported.at("healthy/odd.png").source, "ward");
  const auto notes = import_folder(root(), options).notes;
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].find("1 of 4 images tell no patient"), 0u);
}

TEST_F(ImporterTest, IdsAreFileNamesWhereThoseDiffer) {
  add({"viral/a.png", "healthy/b.png"});
  EXPECT_EQ(import().at("viral/a.png").image_id, "a");
  add({"healthy/a.png"});
  const auto imported = import();
  EXPECT_EQ(imported.at("viral/a.png").image_id, "viral_a.png");
  EXPECT_EQ(imported.at("healthy/a.png").image_id, "healthy_a.png");
}

TEST_F(ImporterTest, WritesBothSplits) {
  for (int patient = 0; patient < 40; ++patient) {
    for (const char* image : {"1", "2"}) {
      touch(root() / (patient % 2 ? "viral" : "healthy") /
            ("p" + std::to_string(patient) + "_" + image + ".png"));
    }
  }
  ImportOptions options;
  options.patient_pattern = "(p[0-9]+)_";
  const auto manifest = import_folder(root(), options).manifest;
  EXPECT_EQ(select_rows(manifest, "group_split", "test").size(), 16u);
  EXPECT_EQ(select_rows(manifest, "paper_split", "test").size(), 16u);
  std::map<std::string, std::set<std::string>> sides;
  for (const auto& row : manifest.rows) sides[row.patient_id].insert(row.columns.at("group_split"));
  for (const auto& [patient, held] : sides) EXPECT_EQ(held.size(), 1u) << patient;

  // The paper's split is at random: how many patients it puts on both sides is counted and said.
  std::map<std::string, std::set<std::string>> paper;
  for (const auto& row : manifest.rows) paper[row.patient_id].insert(row.columns.at("paper_split"));
  const auto leaking = static_cast<std::size_t>(std::count_if(
      paper.begin(), paper.end(), [](const auto& patient) { return patient.second.size() > 1; }));
  ASSERT_GT(leaking, 0u);
  const auto imported = import_folder(root(), options);
  EXPECT_EQ(imported.leaks,
            (std::map<std::string, std::size_t>{{"group_split", 0}, {"paper_split", leaking}}));
  ASSERT_EQ(imported.notes.size(), 1u);
  EXPECT_NE(imported.notes[0].find(std::to_string(leaking) + " patients on both sides"),
            std::string::npos);
}

TEST_F(ImporterTest, WritesAManifestThatReadsBack) {
  add({"viral/a, \"b\".png", "healthy/c.png"});
  const auto manifest = import_folder(root()).manifest;
  EXPECT_EQ(manifest.header,
            (std::vector<std::string>{"image_id", "path", "label", "source", "patient_id",
                                      "group_split", "paper_split"}));
  const auto again = parse_manifest(format_manifest(manifest), root());
  EXPECT_TRUE(check_files(again).empty());
  EXPECT_EQ(again.rows[1].path, "viral/a, \"b\".png");
}

// The files that predict finds, too: find_images decides.
TEST_F(ImporterTest, TakesWhatCountsAsAnImageAndNotesTheRest) {
  add({"viral/b.png", "viral/a.IMA", "viral/notes.txt", "viral/.c.png", ".cache/viral/d.png",
       "viral/DICOMDIR", "viral/\x1B[2J.png", "viral/b\xE9.png"});
  std::ofstream(root() / "viral/1.2.840.113") << std::string(128, '\0') + "DICM";
  fs::create_symlink("gone.png", root() / "viral/link.png");
  const auto imported = import_folder(root());
  ASSERT_EQ(imported.manifest.rows.size(), 3u);
  EXPECT_EQ(imported.manifest.rows[0].path, "viral/1.2.840.113");
  EXPECT_EQ(imported.manifest.rows[0].image_id, "1.2.840.113");
  EXPECT_EQ(imported.manifest.rows[1].path, "viral/a.IMA");
  EXPECT_EQ(imported.manifest.rows[2].path, "viral/b.png");
  ASSERT_EQ(imported.notes.size(), 3u);
  EXPECT_EQ(imported.notes[0].find("1 links to nothing"), 0u) << imported.notes[0];
  EXPECT_EQ(imported.notes[1].find("2 images are left out, since their names are not UTF-8"), 0u);
  EXPECT_EQ(imported.notes[1].find('\x1B'), std::string::npos);
}

TEST_F(ImporterTest, TakesMasksAsMasksOfTheirPictures) {
  add({"COVID/images/a.png", "COVID/images/b.png", "Normal/images/a.png", "viral/c.png",
       "viral/d.png", "healthy/e.jpg", "healthy/f_mask.png"});
  const auto copy_mask = [&](const char* name, const char* to) {
    fs::create_directories((root() / to).parent_path());
    fs::copy_file(fs::path(CXRNET_TEST_DATA) / "masks" / name, root() / to);
  };
  copy_mask("0_255.png", "COVID/masks/a.png");
  copy_mask("empty.png", "COVID/masks/b.png");
  copy_mask("0_1.png", "Normal/Lung Masks/a.png");
  copy_mask("1_bit.png", "viral/c_mask.png");
  copy_mask("rgb.png", "lung_masks/e_mask.png");
  copy_mask("rgb.png", "lung_masks/nobody.png");
  copy_mask("dot.png", "COVID/infection masks/a.png");
  const auto imported = import_folder(root());
  std::map<std::string, std::string> masks;
  for (const auto& row : imported.manifest.rows) masks[row.path] = row.mask_path;
  EXPECT_EQ(masks, (std::map<std::string, std::string>{
                       {"COVID/images/a.png", "COVID/masks/a.png"},
                       {"COVID/images/b.png", ""},
                       {"Normal/images/a.png", "Normal/Lung Masks/a.png"},
                       {"viral/c.png", "viral/c_mask.png"},
                       {"viral/d.png", ""},
                       {"healthy/e.jpg", "lung_masks/e_mask.png"},
                       {"healthy/f_mask.png", ""}}));  // the mask of nothing is a picture
  ASSERT_GE(imported.notes.size(), 4u);
  EXPECT_EQ(imported.notes[0],
            "1 files in folders of masks belong to no picture, and are left out");
  EXPECT_EQ(imported.notes[1], "1 files in folders of other masks than lungs' are left out");
  EXPECT_EQ(imported.notes[2].find("1 lung masks are refused and left out, such as line 3: lung "
                                   "mask: expected something inside and something outside, got 1 "
                                   "values (0) in every pixel"),
            0u)
      << imported.notes[2];
  EXPECT_EQ(imported.notes[3], "2 images have no lung mask");
}

TEST_F(ImporterTest, RefusesBadFoldersAndPatterns) {
  expect_error(ErrorCode::empty_input, "expected images", [&] { import(); });
  expect_error(ErrorCode::not_found, "expected an existing folder",
               [&] { import_folder(root() / "none"); });
  add({"viral/a.png", "tuberculosis/b.png", "c.png", "pneumonia/d.png"});
  expect_error(ErrorCode::invalid_option,
               "expected every image in a folder named healthy, normal, bacterial, bacteria, "
               "viral, virus, covid19, covid, "
               "covid-19, got 3 of 4 images elsewhere",
               [&] { import(); });
  ImportOptions options;
  options.patient_pattern = "p([0-9]+";
  expect_error(ErrorCode::invalid_option, "got one that does not parse", [&] { import(options); });
  options.patient_pattern = "p[0-9]+";
  expect_error(ErrorCode::invalid_option, "with a group, got one without",
               [&] { import(options); });
  options = {};
  options.test_fraction = 1.5;
  expect_error(ErrorCode::invalid_option, "test-fraction", [&] { import(options); });
}

}  // namespace
}  // namespace cxrnet::data
