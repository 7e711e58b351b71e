#include "cxrnet/core/output_folder.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>

#include "error_matchers.h"
#include "temporary_folder.h"

namespace cxrnet {
namespace {

namespace fs = std::filesystem;
using NameSet = std::set<std::string>;

void put(const fs::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
}

std::optional<ErrorCode> code_of(const std::function<void()>& work) { return caught(work).code; }

// The names, without the list's own.
NameSet visible(const TemporaryFolder& folder) {
  auto names = folder.names();
  names.erase(OutputRecord::kFileName);
  return names;
}

class OutputFolderTest : public testing::Test {
 protected:
  fs::path file(const std::string& name) const { return folder_.path() / name; }
  std::string text(const std::string& name) const { return read_file(file(name)); }
  void run(const std::string& content) const {  // as a program would: a document and a picture
    OutputFolder out(folder_.path());
    out.write("a.json", content);
    out.add("x.heat.png", content, OutputKind::picture);
    EXPECT_TRUE(out.commit().empty());
  }

  TemporaryFolder folder_;
};

TEST_F(OutputFolderTest, ALaterRunReplacesWhatAnEarlierOneWrote) {
  run("first");
  run("second run");
  run("first");
  EXPECT_EQ(text("a.json"), "first");
  EXPECT_EQ(text("x.heat.png"), "first");
  EXPECT_EQ(visible(folder_), (NameSet{"a.json", "x.heat.png"}));
}

TEST_F(OutputFolderTest, KeepsWhatAUserPutThereOrChanged) {
  run("first");
  put(file("a.json"), "edited");            // of another size
  put(file("x.heat.png"), "FIRST");         // of the same size
  put(file("y.heat.png"), "a user's own");  // of a name that was never written
  OutputFolder out(folder_.path());
  EXPECT_EQ(code_of([&] { out.claim("a.json"); }), ErrorCode::output_exists);
  EXPECT_EQ(code_of([&] { out.write("a.json", "new"); }), ErrorCode::output_exists);
  EXPECT_EQ(code_of([&] { GrowingOutput grown(out, "a.json"); }), ErrorCode::output_exists);
  for (const char* name : {"x.heat.png", "y.heat.png", "z.heat.png"})
    out.add(name, "new", OutputKind::picture);
  const auto failed = out.commit();
  ASSERT_EQ(failed.size(), 2U);
  EXPECT_EQ(failed[0].path, file("x.heat.png"));
  EXPECT_EQ(failed[1].path, file("y.heat.png"));
  for (const auto& one : failed) EXPECT_EQ(one.error.code(), ErrorCode::output_exists);
  EXPECT_EQ(text("a.json"), "edited");
  EXPECT_EQ(text("x.heat.png"), "FIRST");
  EXPECT_EQ(text("y.heat.png"), "a user's own");
  EXPECT_EQ(text("z.heat.png"), "new") << "the failure costs the others nothing";
}

TEST_F(OutputFolderTest, ReplacesAllButTheInputsWhenAsked) {
  put(file("a.json"), "a user's own");
  put(file("scan.png"), "an X-ray");
  OutputFolder out(folder_.path(), Replace::all_files);
  out.protect({fs::canonical(file("scan.png"))});
  out.write("a.json", "new");
  EXPECT_EQ(text("a.json"), "new");
  EXPECT_EQ(code_of([&] { out.write("scan.png", "new"); }), ErrorCode::output_exists);
  EXPECT_EQ(text("scan.png"), "an X-ray");
}

TEST_F(OutputFolderTest, WhatIsEmptyOrTheSameIsNobodys) {
  put(file("empty"), "");
  put(file("same"), "text");
  OutputFolder out(folder_.path());
  out.write("empty", "text");
  out.write("same", "text");
  EXPECT_EQ(text("empty"), "text");
  OutputFolder later(folder_.path());
  later.write("same", "other");
  EXPECT_EQ(text("same"), "other") << "it was entered in the list";
}

TEST_F(OutputFolderTest, TwoOutputsOfOneRunDoNotShareAName) {
  OutputFolder out(folder_.path());
  out.add("x.png", "first", OutputKind::picture);
  out.add("x.png", "second", OutputKind::picture);
  const auto failed = out.commit();
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].error.code(), ErrorCode::output_exists);
  EXPECT_EQ(text("x.png"), "first");
  EXPECT_EQ(code_of([&] { out.claim("x.png"); }), ErrorCode::output_exists);
}

TEST_F(OutputFolderTest, AFolderInThePlaceOfAPictureCostsThatPicture) {
  fs::create_directory(file("x.heat.png"));
  OutputFolder out(folder_.path());
  for (const char* name : {"x.heat.png", "y.heat.png"}) out.add(name, "p", OutputKind::picture);
  const auto failed = out.commit();
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].error.code(), ErrorCode::write_failed);
  EXPECT_EQ(text("y.heat.png"), "p");
}

TEST_F(OutputFolderTest, WhatIsNoFolderOrCannotBeWrittenIsToldAtOnce) {
  put(file("taken"), "x");
  EXPECT_EQ(code_of([&] { OutputFolder out(file("taken")); }), ErrorCode::write_failed);
  EXPECT_EQ(code_of([&] { OutputFolder out(file("taken/below")); }), ErrorCode::write_failed);
  EXPECT_EQ(code_of([&] { OutputFolder out("/proc/cxrnet"); }), ErrorCode::write_failed);
  EXPECT_EQ(code_of([&] { OutputFolder out("/proc/self"); }), ErrorCode::write_failed);
  OutputFolder deep(file("new/deep"));
  EXPECT_TRUE(fs::is_directory(file("new/deep")));
}

// A process that has ended; its number is not given again at once.
pid_t ended_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

std::string part(pid_t process, int number) {
  return ".cxrnet-" + std::to_string(process) + "-" + std::to_string(number) + ".part";
}

TEST_F(OutputFolderTest, RemovesTemporaryFilesOfProcessesThatHaveEndedAndNoOthers) {
  const auto left_over = part(ended_process(), 3);
  const NameSet others{part(::getppid(), 1), part(::getpid(), 900000), "notes.part",
                       ".cxrnet-x-1.part", ".cxrnet-12.part"};
  for (const auto& name : others) put(file(name), "x");
  put(file(left_over), "x");
  {
    const OutputFolder other(folder_.path());
    EXPECT_EQ(visible(folder_), others);
    put(file(left_over), "x");
    const OutputFolder out(folder_.path());
    EXPECT_EQ(folder_.names().count(left_over), 1U) << "another run works in the folder";
  }
  const OutputFolder out(folder_.path());
  EXPECT_EQ(visible(folder_), others);
}

TEST_F(OutputFolderTest, ARunThatIsKilledLeavesNothingThatALaterOneWouldNotKnow) {
  const pid_t child = ::fork();
  if (child == 0) {
    OutputFolder out(folder_.path());
    out.write("a.json", "of the killed run");
    out.add("x.heat.png", "pending", OutputKind::picture);
    ::_exit(0);  // as a signal would end it: nothing is tidied up
  }
  ::waitpid(child, nullptr, 0);
  std::ofstream(file(OutputRecord::kFileName), std::ios::app) << "picture 12 0123";  // cut off
  run("second");
  run("third");
  EXPECT_EQ(visible(folder_), (NameSet{"a.json", "x.heat.png"}));
  EXPECT_EQ(text("a.json"), "third");
}

TEST_F(OutputFolderTest, TwoRunsKeepOneList) {
  OutputFolder one(folder_.path());
  OutputFolder two(folder_.path());
  for (const char* name : {"a", "c"}) one.write(name, name);
  for (const char* name : {"b", "d"}) two.write(name, name);
  OutputFolder later(folder_.path());
  for (const char* name : {"a", "b", "c", "d"}) later.write(name, "new");
}

TEST_F(OutputFolderTest, ALinkIsWrittenWhereItLeads) {
  fs::create_directory(file("deep"));
  fs::create_symlink("deep/target.json", file("a.json"));
  run("first");
  run("second");
  EXPECT_TRUE(fs::is_symlink(file("a.json")));
  EXPECT_EQ(text("deep/target.json"), "second");
  put(file("deep/target.json"), "a user's own");
  OutputFolder out(folder_.path());
  EXPECT_EQ(code_of([&] { out.write("a.json", "third"); }), ErrorCode::output_exists);
}

TEST_F(OutputFolderTest, GrownFilesAreKnown) {
  for (const char* content : {"first", "second"}) {
    OutputFolder out(folder_.path());
    GrowingOutput grown(out, "list.json");
    for (const char letter : std::string(content)) grown.append({&letter, 1});
    grown.commit();
  }
  EXPECT_EQ(text("list.json"), "second");
}

TEST_F(OutputFolderTest, TheListDoesNotGrowWithEachRun) {
  {
    std::ofstream list(file(OutputRecord::kFileName));
    for (int i = 0; i < 30000; ++i)
      list << OutputRecord::file_line("a.json", {OutputKind::file, 5, std::to_string(i)});
  }
  run("first");
  EXPECT_LT(fs::file_size(file(OutputRecord::kFileName)), 1000U);
  const auto size = fs::file_size(file(OutputRecord::kFileName));
  run("first");
  EXPECT_EQ(fs::file_size(file(OutputRecord::kFileName)), size);
}

TEST_F(OutputFolderTest, NamesMayHoldAnything) {
  const std::string name = "a b%0A\n\033\xFF.png";
  for (const char* content : {"first", "second"}) {
    OutputFolder out(folder_.path());
    out.write(name, content, OutputKind::picture);
    EXPECT_TRUE(OutputRecord::read(folder_.path()).made_picture(file(name)));
  }
}

TEST_F(OutputFolderTest, TellsPicturesOfXRaysFromXRays) {
  OutputFolder out(folder_.path());
  out.write("x.heat.png", "heat", OutputKind::picture);
  out.write("phantom.png", "an X-ray");
  put(file("scan.png"), "heat");
  const auto record = OutputRecord::read(folder_.path());
  EXPECT_TRUE(record.made_picture(file("x.heat.png")));
  EXPECT_FALSE(record.made_picture(file("phantom.png")));
  EXPECT_FALSE(record.made_picture(file("scan.png"))) << "it has the content, not the name";
  put(file("x.heat.png"), "HEAT");
  EXPECT_FALSE(record.made_picture(file("x.heat.png"))) << "it is another picture now";
  fs::remove(file("x.heat.png"));
  EXPECT_FALSE(record.made_picture(file("x.heat.png")));
}

TEST_F(OutputFolderTest, RemembersWhoseAStemIs) {
  OutputFolder(folder_.path()).note_stem("a b", "0123");
  EXPECT_EQ(OutputFolder(folder_.path()).record().owner_of("a b"), "0123");
  EXPECT_EQ(OutputRecord::read(folder_.path()).owner_of("a"), "");
}

TEST_F(OutputFolderTest, AListThatMayNotBeWrittenCostsNothingElse) {
  fs::create_directory(file(OutputRecord::kFileName));  // for root, too
  run("first");
  OutputFolder out(folder_.path());
  EXPECT_EQ(code_of([&] { out.write("a.json", "new"); }), ErrorCode::output_exists);
}

TEST_F(OutputFolderTest, OneFileAlone) {
  for (const char* content : {"first", "second"}) {
    OutputFile report(file("report.html"), Replace::own_files);
    report.claim_beside(".config.toml");
    report.write(content);
    report.write_beside(".config.toml", content);
  }
  EXPECT_EQ(text("report.html"), "second");
  EXPECT_EQ(text("report.config.toml"), "second");
  put(file("report.html"), "a user's own");
  EXPECT_EQ(code_of([&] { OutputFile report(file("report.html"), Replace::own_files); }),
            ErrorCode::output_exists);
  OutputFile forced(file("report.html"), Replace::all_files);
  EXPECT_EQ(code_of([&] { forced.protect({fs::canonical(file("report.html"))}); }),
            ErrorCode::output_exists);
  EXPECT_EQ(code_of([&] { OutputFile none(file("none/report.html"), Replace::all_files); }),
            ErrorCode::write_failed);
  EXPECT_EQ(code_of([&] { OutputFile none(file("") / "", Replace::all_files); }),
            ErrorCode::write_failed);
}

TEST_F(OutputFolderTest, OneFileAmongOthersHasANameOfItsOwn) {
  OutputFolder out(folder_.path());
  OutputFile report(file("x.heat.png"), Replace::own_files, &out);
  out.add("x.heat.png", "heat", OutputKind::picture);
  EXPECT_EQ(out.commit().size(), 1U);
}

TEST_F(OutputFolderTest, OneFileMayBeADevice) {
  OutputFile report("/dev/null", Replace::own_files);
  EXPECT_TRUE(report.is_stream());
  report.claim_beside(".config.toml");
  report.write("x");
  report.write_beside(".config.toml", "x");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_FALSE(fs::exists("/dev/null.config.toml"));
}

}  // namespace
}  // namespace cxrnet
