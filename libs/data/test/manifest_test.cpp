#include "cxrnet/data/manifest.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "cxrnet/core/files.h"
#include "expect_error.h"
#include "shared_data.h"
#include "temporary_folder.h"

namespace cxrnet::data {
namespace {

Manifest parse(std::string_view text, const ManifestOptions& options = {}) {
  return parse_manifest(text, "data", options);
}

TEST(Manifest, ReadsKnownAndOtherColumns) {
  const auto manifest = parse(
      "image_id,path,label,source,patient_id,group_id,mask_path,group_split,note\n"
      "a1,images/a1.jpg,viral,east,p7,g3,masks/a1.png,test,\n"
      "a2,images/a2.jpg,healthy,west,p8,,,train,rotated\n");
  ASSERT_EQ(manifest.rows.size(), 2u);
  const auto& row = manifest.rows[0];
  EXPECT_EQ(row.image_id, "a1");
  EXPECT_EQ(row.path, "images/a1.jpg");
  EXPECT_EQ(row.label, "viral");
  EXPECT_EQ(row.source, "east");
  EXPECT_EQ(row.patient_id, "p7");
  EXPECT_EQ(row.group_id, "g3");
  EXPECT_EQ(row.mask_path, "masks/a1.png");
  EXPECT_EQ(row.columns.at("group_split"), "test");
  EXPECT_EQ(row.line, 2u);
  EXPECT_EQ(manifest.rows[1].columns.at("note"), "rotated");
  EXPECT_EQ(manifest.rows[1].line, 3u);
  EXPECT_EQ(resolve_path(manifest, row.path), std::filesystem::path("data/images/a1.jpg"));
  EXPECT_EQ(resolve_path(manifest, "/abs/a.jpg"), std::filesystem::path("/abs/a.jpg"));
}

struct CsvForm {
  const char* name;
  const char* text;
};

// Every form says the same: one row, path "a,b.jpg", label healthy, note 'say "ah"'.
TEST(ParseManifest, TakesAnIdFromTheNameOfTheFileWithoutBlanksAroundIt) {
  const auto manifest = parse("path,label,image_id\nx/a \t.jpg,viral,\n");
  EXPECT_EQ(manifest.rows[0].image_id, "a");
  EXPECT_EQ(format_manifest(parse(format_manifest(manifest))), format_manifest(manifest));
}

TEST(Manifest, ReadsEveryFormOfCsv) {
  const CsvForm forms[] = {
      {"LF", "path,label,note\n\"a,b.jpg\",healthy,\"say \"\"ah\"\"\"\n"},
      {"CRLF", "path,label,note\r\n\"a,b.jpg\",healthy,\"say \"\"ah\"\"\"\r\n"},
      {"no last line end", "path,label,note\n\"a,b.jpg\",healthy,\"say \"\"ah\"\"\""},
      {"byte-order mark", "\xEF\xBB\xBFpath,label,note\n\"a,b.jpg\",healthy,\"say \"\"ah\"\"\"\n"},
      {"quoted header",
       "\"path\",\"label\",\"note\"\n\"a,b.jpg\",\"healthy\",\"say \"\"ah\"\"\"\n"},
      {"blank lines", "\npath,label,note\n\n\"a,b.jpg\",healthy,\"say \"\"ah\"\"\"\n\n"},
  };
  for (const auto& form : forms) {
    SCOPED_TRACE(form.name);
    const auto manifest = parse(form.text);
    ASSERT_EQ(manifest.rows.size(), 1u);
    EXPECT_EQ(manifest.rows[0].path, "a,b.jpg");
    EXPECT_EQ(manifest.rows[0].label, "healthy");
    EXPECT_EQ(manifest.rows[0].columns.at("note"), "say \"ah\"");
  }
}

TEST(Manifest, CountsLinesAcrossQuotedLineEnds) {
  const auto manifest = parse("path,label,note\na.jpg,viral,\"one\ntwo\"\nb.jpg,viral,\n");
  EXPECT_EQ(manifest.rows[0].columns.at("note"), "one\ntwo");
  EXPECT_EQ(manifest.rows[0].line, 2u);
  EXPECT_EQ(manifest.rows[1].line, 4u);
}

TEST(Manifest, TakesTheImageIdFromTheFileName) {
  const auto manifest = parse("path,label\nimages/x.y.jpg,viral\n");
  EXPECT_EQ(manifest.rows[0].image_id, "x.y");
}

struct BadManifest {
  const char* name;
  std::string text;
  const char* message;
};

const BadManifest kBadManifests[] = {
    {"empty", "", "manifest line 1: expected a header and rows, got an empty file"},
    {"blank", "\n\r\n", "manifest line 1: expected a header and rows, got an empty file"},
    {"no path", "file,label\na,viral\n",
     "line 1: expected a header with the column 'path', got 2 other column(s)"},
    {"no label", "path\na\n", "line 1: expected a header with the column 'label'"},
    {"semicolons", "path;label\na;viral\n",
     "got 1 other column(s); add a header line, separated by commas"},
    {"column twice", "path,label,path\na,viral,b\n",
     "line 1, column 3: expected column names that differ, got that of column 1"},
    {"header alone", "path,label\n", "line 1: expected rows below the header, got none"},
    {"short row", "path,label\na,viral\nb\n",
     "line 3, column 1: expected 2 fields as in the header, got 1"},
    {"long row", "path,label\na,viral,x,y\n",
     "line 2, column 3: expected 2 fields as in the header, got 4"},
    {"empty path", "path,label\n,viral\n",
     "line 2, column 1 (path): expected an image's path, got nothing"},
    {"empty label", "path,label\na,\n",
     "line 2, column 2 (label): expected one of healthy, bacterial, viral, covid19, got nothing"},
    {"unknown label", "path,label\na,viral\nb,flu\n",
     "line 3, column 2 (label): expected one of healthy, bacterial, viral, covid19, got 'flu'"},
    {"label in capitals", "path,label\na,Viral\n", "got 'Viral'"},
    {"path twice", "path,label\na,viral\n./a,viral\n",
     "line 3, column 1 (path): expected each path once, got that of line 2"},
    {"id twice", "image_id,path,label\ni,a,viral\ni,b,viral\n",
     "line 3, column 1 (image_id): expected unique image ids, got that of line 2"},
    {"stem twice", "path,label\nx/a.jpg,viral\ny/a.jpg,viral\n", "add a column image_id"},
    {"unterminated quote", "path,label\na,\"viral\nb,viral\n",
     "line 2, column 2: expected a closing quote, got the end of the file"},
    {"quote inside", "path,label\na\"b,viral\n",
     "line 2, column 1: expected no quote inside an unquoted field"},
    {"text after quote", "path,label\n\"a\"b,viral\n",
     "line 2, column 1: expected a comma or line end after the closing quote"},
    {"lone CR", "path,label\ra,viral\r",
     "line 1, column 2: expected a line end LF or CRLF, got a lone CR"},
    {"NUL", std::string("path,label\na\0b,viral\n", 21),
     "line 2: expected UTF-8 text, got a control character, byte 0"},
    {"escape", "path,label\na\x1B[2J,viral\n", "line 2: expected UTF-8 text, got a control"},
    {"DEL", "path,label\na\x7F,viral\n", "got a control character, byte 127"},
    {"C1 control", "path,label\na\xC2\x9B,viral\n", "line 2: expected UTF-8 text, got byte 194"},
    {"turned writing", "path,label\na\xE2\x80\xAE,viral\n", "got byte 226"},
    {"UTF-16 with mark", std::string("\xFF\xFEp\0a\0t\0h\0", 10),
     "line 1: expected UTF-8 text, got UTF-16; save it as UTF-8"},
    {"UTF-16, other order", std::string("\xFE\xFF\0p\0a\0t\0h", 10), "got UTF-16"},
    {"UTF-16 without mark", std::string("p\0a\0t\0h\0", 8), "got UTF-16"},
    {"UTF-16, other order, no mark", std::string("\0p\0a\0t\0h", 8), "got UTF-16"},
    {"UTF-32", std::string("\xFF\xFE\0\0p\0\0\0", 8), "got UTF-32"},
    {"too many fields", std::string(5000, ','), "expected at most 4096 fields in a row, got more"},
    {"label with a line end", "path,label\na,\"vi\nral\"\n", "got 'vi\\nral'"},
    {"long label", "path,label\na," + std::string(500, 'x') + "\n",
     "got 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'"},
    {"JPEG", "\xFF\xD8\xFF\xE0", "line 1: expected UTF-8 text, got byte 255"},
    {"Latin-1", "path,label\n\xE9t\xE9.jpg,viral\n", "line 2: expected UTF-8 text, got byte 233"},
    {"overlong UTF-8", "path,label\n\xC0\xAF,viral\n", "line 2: expected UTF-8 text, got byte 192"},
    {"surrogate", "path,label\n\xED\xA0\x80,viral\n", "line 2: expected UTF-8 text, got byte 237"},
    {"cut-off UTF-8", "path,label\na,\xE2\x82", "line 2: expected UTF-8 text, got byte 226"},
};

TEST(Manifest, RefusesBadInputNamingThePlace) {
  for (const auto& row : kBadManifests) {
    SCOPED_TRACE(row.name);
    expect_error(ErrorCode::invalid_manifest, row.message, [&] { parse(row.text); });
  }
}

TEST(Manifest, MessagesHoldNoPathsAndNoIds) {
  try {
    parse("image_id,path,label\njane_doe,ward/jane.jpg,viral\njane_doe,ward/john.jpg,viral\n");
    FAIL() << "a duplicate id was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("jane"), std::string::npos) << error.what();
  }
}

TEST(Manifest, AllowsMissingAndUnknownLabelsWhereAsked) {
  const ManifestOptions unlabelled{.require_labels = false, .require_known_labels = true};
  EXPECT_EQ(parse("path\na.jpg\n", unlabelled).rows[0].label, "");
  EXPECT_EQ(parse("path,label\na.jpg,\nb.jpg,viral\n", unlabelled).rows[1].label, "viral");
  expect_error(ErrorCode::invalid_manifest, "got 'flu'",
               [&] { parse("path,label\na.jpg,flu\n", unlabelled); });
  const ManifestOptions other_labels{.require_labels = true, .require_known_labels = false};
  EXPECT_EQ(parse("path,label\na.jpg,flu\n", other_labels).rows[0].label, "flu");
  expect_error(ErrorCode::invalid_manifest, "got nothing",
               [&] { parse("path,label\na.jpg,\n", other_labels); });
}

TEST(Manifest, ReadsUnicode) {
  const auto manifest =
      parse("path,label\n\xC3\xA9t\xC3\xA9/\xE8\x82\xBA \xF0\x9F\xAB\x81.jpg,viral\n");
  EXPECT_EQ(manifest.rows[0].path, "\xC3\xA9t\xC3\xA9/\xE8\x82\xBA \xF0\x9F\xAB\x81.jpg");
}

TEST(Manifest, FormatGivesBackWhatWasRead) {
  const std::string text =
      "path,label,note\n\"a,b.jpg\",healthy,\"say "
      "\"\"ah\"\"\"\nc.jpg,viral,\"two\nlines\"\nd.jpg,covid19,\n";
  EXPECT_EQ(format_manifest(parse(text)), text);
}

TEST(Manifest, KnowsColumnsAndWordsWhateverBlanksAndCaseTheyHave) {
  const auto manifest = parse(
      "\xEF\xBB\xBF\xEF\xBB\xBFImage_ID, Path ,LABEL,\tPatient_ID,Group_Split,Note\n"
      " i1 , a.png,\xC2\xA0viral , p1\xE3\x80\x80,Test,Seen\n");
  EXPECT_EQ(manifest.header, (std::vector<std::string>{"image_id", "path", "label", "patient_id",
                                                       "group_split", "Note"}));
  const auto& row = manifest.rows[0];
  EXPECT_EQ(row.image_id, "i1");
  EXPECT_EQ(row.path, " a.png");  // a file may be named so
  EXPECT_EQ(row.label, "viral");
  EXPECT_EQ(row.patient_id, "p1");
  EXPECT_EQ(row.columns.at("group_split"), "Test");
}

TEST(Manifest, FormatPrefersNamedFields) {
  auto manifest = parse("path,label\na.jpg,healthy\n");
  manifest.rows[0].label = "viral";
  EXPECT_EQ(format_manifest(manifest), "path,label\na.jpg,viral\n");
}

struct GroupRow {
  const char* image;
  const char* patient_id;
  const char* group_id;
  const char* group;
};

TEST(Manifest, GroupIsTheWidestKnown) {
  const GroupRow rows[] = {
      {"group and patient", "p1", "g1", "g1"},
      {"patient alone", "p2", "", "p2"},
      {"neither", "", "", "neither"},
      {"patient with blanks", " p2 ", "", "p2"},
      {"patient in two groups", "p3", "g3", "g3"},
      {"the same in another group", "p3", "g4", "g3"},
      {"others of that group", "p5", "g4", "g3"},
      {"and that patient without group", "p5", "", "g3"},
      {"nobody in a group", "unknown", "g6", "g6"},
      {"nobody in another group", "Unknown", "g7", "g7"},
      {"nobody without group", "unknown", "", "unknown"},
  };
  std::string text = "image_id,path,label,patient_id,group_id\n";
  for (const auto& row : rows) {
    text += std::string(row.image) + "," + row.image + ".png,viral," + row.patient_id + "," +
            row.group_id + "\n";
  }
  const auto manifest = parse(text);
  for (std::size_t i = 0; i < std::size(rows); ++i)
    EXPECT_EQ(group_of(manifest.rows[i]), rows[i].group) << rows[i].image;
}

TEST(Manifest, CheckFilesNamesTheMissing) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "folder.jpg");
  for (const char* name : {"a.jpg", "a.png"}) std::ofstream(folder.path() / name) << "x";
  const auto manifest = parse_manifest(
      "path,label,mask_path\na.jpg,viral,a.png\nfolder.jpg,viral,\ngone.jpg,viral,gone.png\n",
      folder.path());
  const auto problems = check_files(manifest);
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0].line, 3u);
  EXPECT_NE(
      problems[0].message.find("line 3, column 1 (path): expected an existing file, got something"),
      std::string::npos);
  EXPECT_EQ(problems[1].line, 4u);
  EXPECT_NE(
      problems[1].message.find("line 4, column 1 (path): expected an existing file, got none"),
      std::string::npos);
  EXPECT_NE(problems[2].message.find("line 4, column 3 (mask_path)"), std::string::npos);
}

TEST(Manifest, ReadManifestResolvesFromItsFolder) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "m.csv", "path,label\na.jpg,viral\n");
  EXPECT_EQ(read_manifest(folder.path() / "m.csv").folder, folder.path());
  expect_error(ErrorCode::not_found, "expected an existing file",
               [&] { read_manifest(folder.path() / "no.csv"); });
}

TEST(Manifest, SelectsASideOfASplit) {
  const auto manifest =
      parse("path,label,group_split,my_split\na,viral,train,x\nb,viral,test,y\nc,viral,train,y\n");
  EXPECT_EQ(select_rows(manifest, "group_split", "train"), (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(select_rows(manifest, "group_split", "test"), (std::vector<std::size_t>{1}));
  EXPECT_EQ(split_columns(manifest.header), (std::vector<std::string>{"group_split", "my_split"}));
  expect_error(ErrorCode::not_found,
               "expected one of the manifest's (group_split, my_split), got 'fold'",
               [&] { select_rows(manifest, "fold", "test"); });
  expect_error(ErrorCode::not_found, "a side of group_split (test, train), got 'val'",
               [&] { select_rows(manifest, "group_split", "val"); });
}

TEST(ManifestOnRealData, ReadsCxr4AsItsReadmeCounts) {
  CXRNET_SKIP_WITHOUT_CXR4();
  const auto manifest = read_manifest(cxr4_folder() / "manifest.csv");
  EXPECT_EQ(manifest.rows.size(), 6696u);
  std::map<std::string, int> labels;
  int masks = 0;
  for (const auto& row : manifest.rows) {
    ++labels[row.label];
    masks += row.mask_path.empty() ? 0 : 1;
  }
  EXPECT_EQ(labels,
            (std::map<std::string, int>{
                {"bacterial", 2738}, {"covid19", 955}, {"healthy", 1528}, {"viral", 1475}}));
  EXPECT_EQ(masks, 6031);
  EXPECT_EQ(select_rows(manifest, "group_split", "test").size(), 1341u);
  EXPECT_EQ(select_rows(manifest, "paper_split", "test").size(), 1340u);
}

TEST(ManifestOnRealData, RefusesTheAdultSetUnlessOtherLabelsAreAllowed) {
  CXRNET_SKIP_WITHOUT_CXR4();
  const auto path = cxr4_folder() / "adult" / "manifest.csv";
  expect_error(ErrorCode::invalid_manifest,
               "(label): expected one of healthy, bacterial, viral, covid19, got "
               "'pneumonia_unspecified'",
               [&] { read_manifest(path); });
  EXPECT_EQ(
      read_manifest(path, {.require_labels = true, .require_known_labels = false}).rows.size(),
      613u);
}

}  // namespace
}  // namespace cxrnet::data
