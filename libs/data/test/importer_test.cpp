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

TEST_F(ImporterTest, ListsImagesSortedWithoutHiddenAndOtherFiles) {
  add({"viral/b.png", "viral/a.jpg", "viral/notes.txt", "viral/.c.png", ".cache/viral/d.png",
       "a/viral/e.DCM"});
  const auto images = list_images(root());
  ASSERT_EQ(images.size(), 3u);
  EXPECT_EQ(images[0], root() / "a/viral/e.DCM");
  EXPECT_EQ(images[1], root() / "viral/a.jpg");
  EXPECT_EQ(images[2], root() / "viral/b.png");
}

TEST_F(ImporterTest, RefusesBadFoldersAndPatterns) {
  expect_error(ErrorCode::empty_input, "expected images", [&] { import(); });
  expect_error(ErrorCode::not_found, "expected a readable folder",
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
