#include "cxrnet/core/image_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "cxrnet/core/output_folder.h"
#include "error_matchers.h"
#include "temporary_folder.h"

namespace cxrnet {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

// The start of a DICOM file, its meta information written by hand after PS3.10 7.1.
std::string dicom_of_class(const std::string& uid, const std::string& preamble = "") {
  std::string bytes = preamble + std::string(128 - preamble.size(), '\0') + "DICM";
  bytes += std::string("\2\0\0\0UL\4\0\x54\0\0\0", 12);    // (0002,0000) group length
  bytes += std::string("\2\0\1\0OB\0\0\2\0\0\0\0\1", 14);  // (0002,0001) version
  bytes += std::string("\2\0\2\0UI", 6) + static_cast<char>(uid.size()) + '\0' + uid;
  return bytes + std::string(
                     "\2\0\3\0UI\4\0"
                     "1.2\0",
                     12);
}
const std::string kRadiograph = dicom_of_class(std::string("1.2.840.10008.5.1.4.1.1.1\0", 26));
const std::string kDirectory = dicom_of_class("1.2.840.10008.1.3.10");
const std::string kBareDataSet("\x08\0\5\0CS\x0A\0ISO_IR 100", 18);

class ImageFiles : public testing::Test {
 protected:
  fs::path root() const { return folder_.path(); }
  fs::path write(const std::string& name, const std::string& bytes = "x") const {
    const auto path = root() / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  Names relative(const std::vector<fs::path>& paths) const {
    Names names;
    for (const auto& path : paths) names.push_back(path.lexically_relative(root()).string());
    return names;
  }
  Names found() const {
    const auto images = find_images(root());
    EXPECT_TRUE(images.unread.empty());
    return relative(images.files);
  }

 private:
  TemporaryFolder folder_;
};

struct FileCase {
  const char* title;
  const char* name;
  std::string bytes;
  bool is_image;
};

TEST_F(ImageFiles, AreToldByNameAndFirstBytes) {
  const FileCase rows[] = {{"suffix", "a.png", "x", true},
                           {"suffix in upper case", "A.JPEG", "x", true},
                           {"DICOM's suffix", "a.dcm", "x", true},
                           {"long DICOM suffix", "a.DICOM", "x", true},
                           {"short DICOM suffix", "a.dic", "x", true},
                           {"Siemens", "MR000001.IMA", "x", true},
                           {"Windows bitmap", "a.dib", "x", true},
                           {"JFIF", "a.jfif", "x", true},
                           {"UID as name", "1.2.840.113619.2", kRadiograph, true},
                           {"file of a CD", "IM000001", kRadiograph, true},
                           {"dual personality", "IM000002", dicom_of_class("1.2.3\0", "II*"), true},
                           {"bare data set", "IM000003", kBareDataSet, true},
                           {"dot at the end", "IM000004.", kRadiograph, true},
                           {"index by name", "DICOMDIR", kRadiograph, false},
                           {"index in lower case", "dicomdir", "x", false},
                           {"index with a suffix", "DICOMDIR.dcm", kDirectory, false},
                           {"index by its class", "INDEX", kDirectory, false},
                           {"text without suffix", "README", "read me, please", false},
                           {"mark in the wrong place", "NOTES", "DICM", false},
                           {"cut off before the mark", "SHORT", kRadiograph.substr(0, 131), false},
                           {"empty", "EMPTY", "", false},
                           {"another type", "report.pdf", kRadiograph, false},
                           {"unfinished", "a.dcm.part", kRadiograph, false}};
  for (const auto& row : rows) {
    const auto path = write(row.name, row.bytes);
    EXPECT_EQ(is_image_file(path), row.is_image) << row.title;
    fs::remove(path);
  }
  fs::create_directory(root() / "folder.png");
  EXPECT_FALSE(is_image_file(root() / "folder.png"));
}

TEST_F(ImageFiles, PipesAreNoImagesAndNeverWaitedFor) {
  ASSERT_EQ(::mkfifo((root() / "pipe").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((root() / "pipe.png").c_str(), 0600), 0);
  EXPECT_EQ(found(), Names{});
}

TEST_F(ImageFiles, DirectoryOfAMediumIsTold) {
  EXPECT_TRUE(is_dicom_directory(write("DICOMDIR")));
  EXPECT_TRUE(is_dicom_directory(write("index", kDirectory)));
  EXPECT_FALSE(is_dicom_directory(write("image", kRadiograph)));
  EXPECT_FALSE(is_dicom_directory(write("bare", kBareDataSet)));
  EXPECT_FALSE(is_dicom_directory(root() / "none"));
}

TEST_F(ImageFiles, OfACdAreFoundAndItsIndexIsNot) {
  write("DICOMDIR", kDirectory);
  write("IMAGES/ST000001/IM000002", kRadiograph);
  write("IMAGES/ST000001/IM000001", kRadiograph);
  write("VIEWER/viewer.exe");
  write("AUTORUN.INF");
  write("[2024]/b.IMA");
  EXPECT_EQ(found(),
            (Names{"IMAGES/ST000001/IM000001", "IMAGES/ST000001/IM000002", "[2024]/b.IMA"}));
}

TEST_F(ImageFiles, HiddenOnesAreLeftOut) {
  for (const char* name : {"a.png", ".b.png", "._a.png", ".cache/c.png", "deep/.d/e.png"})
    write(name);
  EXPECT_EQ(found(), Names{"a.png"});
  EXPECT_EQ(relative(find_images(root() / ".cache").files), Names{".cache/c.png"});  // asked for
}

TEST_F(ImageFiles, CirclesOfLinksEnd) {
  write("a/x.png");
  write("b/y.png");
  fs::create_directory_symlink(root(), root() / "a/round");
  fs::create_directory_symlink("../b", root() / "a/to_b");
  fs::create_directory_symlink("../a", root() / "b/to_a");
  fs::create_directory_symlink("..", root() / "a/up");
  fs::create_symlink("self", root() / "self");
  EXPECT_EQ(found(), (Names{"a/x.png", "b/y.png"}));
  EXPECT_EQ(relative(find_images(root() / "a").files), (Names{"a/to_b/y.png", "a/x.png"}));
}

TEST_F(ImageFiles, LinksAddWhatIsNotThereYet) {
  const TemporaryFolder elsewhere;
  std::ofstream(elsewhere.path() / "z.png") << "x";
  std::ofstream(elsewhere.path() / "w.png") << "x";
  write("sub/real.png");
  fs::create_symlink("sub/real.png", root() / "alias.png");
  fs::create_symlink(elsewhere.path() / "w.png", root() / "w.png");
  fs::create_directory_symlink(elsewhere.path(), root() / "linked");
  EXPECT_EQ(found(), (Names{"linked/w.png", "linked/z.png", "sub/real.png"}));
}

TEST_F(ImageFiles, LinkToNothingIsNamed) {
  write("a.png");
  fs::create_symlink("gone.png", root() / "b.png");
  fs::create_symlink("gone.txt", root() / "b.txt");
  const auto images = find_images(root());
  EXPECT_EQ(relative(images.files), Names{"a.png"});
  ASSERT_EQ(images.unread.size(), 1u);
  EXPECT_EQ(images.unread[0].path, root() / "b.png");
  EXPECT_EQ(images.unread[0].error.code(), ErrorCode::not_found);
}

TEST_F(ImageFiles, MissingFolderIsNamed) {
  const auto images = find_images(root() / "none");
  ASSERT_EQ(images.unread.size(), 1u);
  EXPECT_EQ(images.unread[0].error.code(), ErrorCode::not_found);
}

// root may read everything; as the user "nobody" it may not.
TEST_F(ImageFiles, WhatMayNotBeReadIsNamedAndTheRestIsFound) {
  write("open/b.png");
  write("closed/a.png");
  write("open/secret");
  fs::permissions(root(), fs::perms::all);
  fs::permissions(root() / "closed", fs::perms::none);
  fs::permissions(root() / "open/secret", fs::perms::none);
  const bool was_root = ::geteuid() == 0;
  if (was_root) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const auto images = find_images(root());
  if (was_root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  fs::permissions(root() / "closed", fs::perms::owner_all);
  EXPECT_EQ(relative(images.files), Names{"open/b.png"});
  ASSERT_EQ(images.unread.size(), 2u);
  EXPECT_EQ(images.unread[0].path, root() / "closed");
  EXPECT_EQ(images.unread[1].path, root() / "open/secret");
  for (const auto& unread : images.unread) EXPECT_EQ(unread.error.code(), ErrorCode::unreadable);
}

struct PatternCase {
  const char* title;
  const char* pattern;
  Names matches;
};

TEST_F(ImageFiles, PatternsTakeWhatExistsLiterally) {
  for (const char* name : {"[2024]/a.png", "[2024]/b.png", "[2024]/.c.png", "2/a.png", "x?/a.png",
                           "xy/b.png", "odd[1].png", "odd1.png"})
    write(name);
  const PatternCase rows[] = {
      {"folder in brackets", "[2024]/*.png", {"[2024]/a.png", "[2024]/b.png"}},
      {"brackets as a class", "[0-9]/*.png", {"2/a.png"}},
      {"question mark as a name", "x?/*", {"x?/a.png"}},
      {"file in brackets", "odd[1].png", {"odd[1].png"}},
      {"several parts", "*/a.png", {"2/a.png", "[2024]/a.png", "x?/a.png"}},
      {"hidden by its dot", "[2024]/.*.png", {"[2024]/.c.png"}},
      {"escaped", "\\[2024\\]/a*", {"[2024]/a.png"}},
      {"folders alone", "*/", {"2", "[2024]", "x?", "xy"}},
      {"nothing", "*.tif", {}}};
  for (const auto& row : rows)
    EXPECT_EQ(relative(match_pattern(root() / row.pattern)), row.matches) << row.title;
}

TEST_F(ImageFiles, PicturesThatTheProgramMadeAreNoXRays) {
  write("scan.png");
  {
    OutputFolder out(root() / "deep");
    out.write("scan.heat.png", "heat", OutputKind::picture);
    out.write("scan.mask.png", "mask", OutputKind::picture);
    out.write("phantom.png", "an X-ray");
  }
  write("deep/scan.mask.png", "annotated");
  write("copy/scan.heat.png", "heat");
  const auto images = find_images(root());
  EXPECT_EQ(relative(images.files),
            (Names{"copy/scan.heat.png", "deep/phantom.png", "deep/scan.mask.png", "scan.png"}));
  EXPECT_EQ(relative(images.own_pictures), Names{"deep/scan.heat.png"});
}

}  // namespace
}  // namespace cxrnet
