// What the verbs write and what they leave alone, and inputs that are no files, as a user meets
// them.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fstream>
#include <functional>

#include "test/images_fixture.h"

namespace cxrnet::app {
namespace {

class OutputsTest : public ImagesTest {
 protected:
  // A folder with the good X-ray in it.
  static fs::path scans(const std::string& name) {
    fs::create_directories(path(name));
    fs::copy_file(path("good.png"), path(name) / "good.png");
    return path(name);
  }
  static std::string quoted(const fs::path& file) { return "'" + file.string() + "'"; }
  static std::string model() { return " --model " + path("model.safetensors").string(); }
};

TEST_F(OutputsTest, ALaterRunTakesNoPictureForAnXRayAndReplacesItsOwn) {
  const auto folder = scans("both");
  const auto predict_again = [&] {
    const auto outcome = run(predict(folder.string(), "both"));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(json::parse(outcome.out)["images"].size(), 1U);
    return outcome;
  };
  EXPECT_EQ(predict_again().err.find("left out"), std::string::npos);
  EXPECT_EQ(run("segment " + folder.string() + model() + " --out " + folder.string()).status, 0);
  EXPECT_EQ(run("enhance " + folder.string() + " --out " + folder.string()).status, 0);
  const auto last = predict_again();
  // overlay, heat, mask, outline, enhanced
  EXPECT_NE(last.err.find("left out: 5 pictures that cxrnet made"), std::string::npos) << last.err;
  EXPECT_EQ(run(predict(folder.string() + "/*.png", "both")).status, 0) << "a shell's pattern";
}

TEST_F(OutputsTest, AListIsNeverReplaced) {
  const auto folder = scans("listed");
  const auto list = folder / "good.enhanced.png";
  std::ofstream(list) << "good.png\n";
  const auto outcome =
      run("enhance @" + list.string() + " --overwrite --json --out " + folder.string());
  EXPECT_EQ(read_text(list), "good.png\n");
  EXPECT_EQ(json::parse(outcome.out)["unwritten"].size(), 1U) << outcome.out;
}

TEST_F(OutputsTest, AnAnnotationCostsOnePictureAndIsKept) {
  const auto input = path("good.png").string();
  ASSERT_EQ(run(predict(input, "annotated")).status, 0);
  const auto overlay = path("annotated/good.overlay.png");
  std::ofstream(overlay) << "annotated";
  auto outcome = run(predict(input, "annotated"));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_EQ(read_text(overlay), "annotated");
  const auto result = json::parse(outcome.out);
  EXPECT_EQ(result["images"].size(), 1U);
  ASSERT_EQ(result["unwritten"].size(), 1U);
  EXPECT_EQ(result["unwritten"][0]["file"], "good.overlay.png");
  EXPECT_EQ(result["unwritten"][0]["code"], "output_exists");
  EXPECT_EQ(json::parse(read_text(path("annotated/predictions.json"))), result);
  EXPECT_NE(outcome.err.find("not written [output_exists] good.overlay.png: "), std::string::npos);
  outcome = run(predict(input, "annotated") + " --overwrite");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(read_text(overlay).substr(1, 3), "PNG");
}

struct KeptRow {
  std::string arguments;  // of the program; @ is the folder
  std::string file;
};

TEST_F(OutputsTest, NoVerbReplacesAUsersFileOrDoesItsWorkFirst) {
  const auto good = path("good.png").string();
  ASSERT_EQ(run("phantom --count 1 --size 64 --out " + path("set").string()).status, 0);
  const auto manifest = path("set/manifest.csv").string();
  const KeptRow rows[] = {
      {"predict " + good + model() + " --out @", "predictions.json"},
      {"predict " + good + model() + " --out @", "config.toml"},
      {"predict " + good + model() + " --out @ --report @/report.html", "report.html"},
      {"explain " + good + model() + " --method saliency --out @", "explanations.json"},
      {"phantom --count 1 --size 64 --out @", "manifest.csv"},
      {"phantom --count 1 --size 64 --out @", "images/phantom-0.png"},
      {"evaluate --data " + manifest + model() + " --out @", "evaluation.json"},
      {"export --format torchscript" + model() + " --out @/x.pt", "x.pt"},
      {"export --format torchscript" + model() + " --out @/x.pt", "x.config.toml"},
      {"calibrate --images 1 --data " + manifest + model() + " --out @/x.model", "x.model"},
      {"card " + path("model.safetensors").string() + " --data " + manifest + " --out @/card.md",
       "card.md"},
      {"import folder " + path("set").string() + " --out @/m.csv", "m.csv"},
      {"bench --out @", "bench.json"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.arguments + ": " + row.file);
    const auto folder = path("kept");
    fs::remove_all(folder);
    folder_->write("kept/" + row.file, "a user's own");
    auto arguments = row.arguments;
    for (auto at = arguments.find('@'); at != std::string::npos; at = arguments.find('@'))
      arguments.replace(at, 1, folder.string());
    const auto outcome = run(arguments);
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_NE(
        outcome.err.find("error [output_exists]: " + fs::path(row.file).filename().string() + ": "),
        std::string::npos)
        << outcome.err;
    EXPECT_EQ(read_text(folder / row.file), "a user's own");
  }
}

TEST_F(OutputsTest, ReportsGoWhereLinksAndDevicesLead) {
  const auto good = path("good.png").string();
  fs::create_symlink("linked.html", path("link.html"));
  EXPECT_EQ(run(predict(good, "linked") + " --report " + path("link.html").string()).status, 0);
  EXPECT_TRUE(fs::is_symlink(path("link.html")));
  EXPECT_NE(read_text(path("linked.html")).find("<html"), std::string::npos);
  const auto out = run("predict " + good + model() + " --quiet --out " + path("linked").string() +
                       " --report /dev/stdout");
  EXPECT_EQ(out.status, 0) << out.err;
  EXPECT_NE(out.out.find("<html"), std::string::npos);
  EXPECT_NE(out.out.find("Research use only"), std::string::npos);
  const auto device =
      path("null");  // one of its own: were it replaced, the machine would lose none
  if (::mknod(device.c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0) return;
  EXPECT_EQ(run(predict(good, "linked") + " --report " + device.string()).status, 0);
  EXPECT_TRUE(fs::is_character_file(device));
}

TEST_F(OutputsTest, AnInputIsNeverReplaced) {
  const auto folder = scans("collision");
  const auto before = read_text(folder / "good.png");
  for (const char* more : {"", " --overwrite"}) {
    const auto outcome = run(predict(folder.string(), "collided") + " --report " +
                             (folder / "good.png").string() + more);
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_NE(outcome.err.find("output_exists"), std::string::npos) << outcome.err;
    EXPECT_EQ(read_text(folder / "good.png"), before);
  }
}

TEST_F(OutputsTest, WhatIsNoFileIsRefusedWithoutWaitingOrReading) {
  const auto pipe = path("pipe.png"), large = path("large.png");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::ofstream(large) << "x";
  fs::resize_file(large, std::size_t{3} << 30);  // takes no room on the disk
  const auto outcome =
      run(predict("/dev/zero /dev/tty /proc/self/status /proc/kmsg " + pipe.string() + " " +
                      large.string() + " " + path("good.png").string(),
                  "no_files"),
          "timeout 60");
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  const auto result = json::parse(outcome.out);
  EXPECT_EQ(result["images"].size(), 1U);
  ASSERT_EQ(result["refused"].size(), 6U) << outcome.err;
  for (const auto& refused : result["refused"]) {
    const bool is_large = refused["input"] == large.string();
    EXPECT_EQ(refused["code"], is_large ? "file_too_large" : "unreadable") << refused;
  }
}

TEST_F(OutputsTest, AnXRayMayComeThroughAPipe) {
  const auto outcome =
      run(predict("/dev/stdin", "piped"), "cat " + path("good.png").string() + " |");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out)["images"][0]["stem"], "stdin");
}

TEST_F(OutputsTest, NamesAreShownAndNotObeyed) {
  const std::string names[] = {"two\nlines", "\033]0;red\x07",
                               "\xC2\x9B"
                               "31m",
                               std::string(250, 'n')};
  fs::create_directory(path("odd"));
  for (const auto& name : names) {
    fs::copy_file(path("good.png"), path("odd") / (name + ".png"));
    if (name.size() < 200) folder_->write("odd/" + name + ".bad.png", "no image");
  }
  const auto outcome = run(predict(path("odd").string(), "odd_out"));
  EXPECT_EQ(outcome.status, 4) << outcome.err;
  EXPECT_EQ(outcome.err.find('\033'), std::string::npos);
  EXPECT_EQ(outcome.err.find('\x07'), std::string::npos);
  EXPECT_EQ(outcome.out.find("\xC2\x9B"), std::string::npos);
  EXPECT_NE(outcome.err.find("/two\\nlines.bad.png: "), std::string::npos) << outcome.err;
  const auto result = json::parse(outcome.out);
  ASSERT_EQ(result["images"].size(), 4U);
  for (const auto& image : result["images"]) {
    const auto overlay = image["stem"].get<std::string>() + ".overlay.png";
    EXPECT_TRUE(fs::exists(path("odd_out") / overlay)) << image["stem"];
  }
}

TEST_F(OutputsTest, ListsOfAnyKindCostLittleAndAreTakenOrNamed) {
  fs::copy_file(path("good.png"), path("a b.png"));
  struct ListRow {
    const char* name;
    std::string text;
    int status;
    const char* said;
  };
  const ListRow rows[] = {
      {"NUL line", std::string("a b.png\n\0\n", 10), 4, "NUL byte"},
      {"print0", std::string("./a b.png\0", 10), 0, ""},
      {"UTF-16",
       std::string("\xFF\xFE"
                   "a\0 \0b\0.\0p\0n\0g\0\n\0",
                   18),
       3, "UTF-16"},
      {"BOM",
       "\xEF\xBB\xBF"
       "a b.png\r\n",
       0, ""},
  };
  for (const auto& row : rows) {
    const auto list = folder_->write("list.txt", row.text);
    const auto outcome = run("enhance @" + list.string() + " --out " + path("listed").string(),
                             "ulimit -v 8000000; timeout 60");
    EXPECT_EQ(outcome.status, row.status) << row.name << ": " << outcome.err;
    EXPECT_NE(outcome.err.find(row.said), std::string::npos) << row.name << ": " << outcome.err;
  }
}

}  // namespace
}  // namespace cxrnet::app
