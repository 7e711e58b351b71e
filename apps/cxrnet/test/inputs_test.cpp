#include "framework/inputs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <new>
#include <sstream>
#include <stdexcept>

#include "framework/stems.h"
#include "test/temporary_folder.h"

namespace cxrnet::app {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names(const Inputs& inputs, const fs::path& base) {
  std::vector<std::string> found;
  for (const auto& input : inputs.accepted)
    found.push_back(fs::relative(input.path, base).generic_string());
  return found;
}

std::vector<std::string> stems(const Inputs& inputs) {
  std::vector<std::string> found;
  for (const auto& input : inputs.accepted) found.push_back(input.stem);
  return found;
}

using Names = std::vector<std::string>;

TEST(Inputs, FolderGivesImagesAndDicomWithoutSuffixSorted) {
  const TemporaryFolder folder;
  const std::string dicom = std::string(128, '\0') + "DICM";
  for (const char* name : {"b.PNG", "a.jpeg", "deep/er/c.tif", "notes.txt", "e.json"})
    folder.write(name, "x");
  folder.write("1.2.840.113", dicom);
  folder.write("series", dicom);
  folder.write("unrelated", "DICM");
  folder.write("report.pdf", dicom);
  const auto inputs = expand_inputs({folder.path().string()});
  EXPECT_EQ(names(inputs, folder.path()),
            (Names{"1.2.840.113", "a.jpeg", "b.PNG", "deep/er/c.tif", "series"}));
  EXPECT_EQ(stems(inputs), (Names{"1.2.840.113", "a", "b", "c", "series"}));
  EXPECT_TRUE(inputs.refused.empty());
}

TEST(Inputs, NamedFileIsTakenWhateverItsName) {
  const TemporaryFolder folder;
  const auto path = folder.write("scan.txt", "x");
  EXPECT_EQ(names(expand_inputs({path.string()}), folder.path()), Names{"scan.txt"});
}

TEST(Inputs, EachFileCountsOnceInTheOrderOfTheArguments) {
  const TemporaryFolder folder;
  const auto b = folder.write("b.png", "x");
  folder.write("a.png", "x");
  fs::create_symlink(b, folder.path() / "link.png");
  const auto inputs = expand_inputs({b.string(), folder.path().string(), b.string()});
  EXPECT_EQ(names(inputs, folder.path()), (Names{"b.png", "a.png"}));
  EXPECT_TRUE(inputs.refused.empty());
}

TEST(Inputs, EqualStemsAreToldApart) {
  const TemporaryFolder folder;
  for (const char* name : {"1/scan.png", "2/scan.jpg", "3/other.png"}) folder.write(name, "x");
  const auto all = stems(expand_inputs({folder.path().string()}));
  const auto real = fs::canonical(folder.path());
  EXPECT_EQ(all, unique_stems({real / "1/scan.png", real / "2/scan.jpg", real / "3/other.png"}));
  EXPECT_EQ(all[2], "other");
}

TEST(Inputs, AnExistingNameIsAlwaysThatName) {
  const TemporaryFolder folder;
  for (const char* name : {"scans [2024]/a.png", "scans 2/b.png", "odd*.png", "odd1.png", "@b.png",
                           "#c.png", " d.png ", "d.png", "e?/f.png"})
    folder.write(name, "x");
  const auto at = [&](const std::string& name) { return (folder.path() / name).string(); };
  const auto list =
      folder.write("list.txt", "scans [2024]\nscans [2024]/*.png\nodd*.png\n#c.png\n d.png \ne?\n");
  EXPECT_EQ(
      names(expand_inputs({at("scans [2024]"), at("odd*.png"), at("e?/f.png")}), folder.path()),
      (Names{"scans [2024]/a.png", "odd*.png", "e?/f.png"}));
  EXPECT_EQ(names(expand_inputs({at("scans [2024]/*.png"), at("scans [0-9]")}), folder.path()),
            (Names{"scans [2024]/a.png", "scans 2/b.png"}));
  const auto listed = expand_inputs({"@" + list.string()});
  EXPECT_EQ(names(listed, folder.path()),
            (Names{"scans [2024]/a.png", "odd*.png", "#c.png", " d.png ", "e?/f.png"}));
  EXPECT_TRUE(listed.refused.empty());
  const auto before = fs::current_path();
  fs::current_path(folder.path());
  EXPECT_EQ(stems(expand_inputs({"@b.png"})), Names{"@b"});
  fs::current_path(before);
}

TEST(Inputs, AListBelowAFolderWithBracketsMatchesThere) {
  const TemporaryFolder folder;
  folder.write("[2024]/a.png", "x");
  const auto list = folder.write("[2024]/list.txt", "*.png\n");
  EXPECT_EQ(names(expand_inputs({"@" + list.string()}), folder.path()), Names{"[2024]/a.png"});
}

TEST(Inputs, NamesBetweenNulBytesAreTakenAsTheyAre) {
  const TemporaryFolder folder;
  folder.write("a b.png", "x");
  folder.write("two\nlines.png", "x");
  const auto list = folder.write("found", std::string("./a b.png\0./two\nlines.png\0", 27));
  const auto inputs = expand_inputs({"@" + list.string()});
  EXPECT_EQ(names(inputs, folder.path()), (Names{"a b.png", "two\nlines.png"}));
  EXPECT_TRUE(inputs.refused.empty());
}

TEST(Inputs, ANulByteInALineIsRefusedInWordsAndTheRestGoesOn) {
  const TemporaryFolder folder;
  for (const char* name : {"c.png", "d.png"}) folder.write(name, "x");
  const auto list = folder.write("list.txt", std::string("c.png\n\0\nd\0d.png\nd.png\n", 21));
  const auto inputs = expand_inputs({"@" + list.string()});
  EXPECT_EQ(names(inputs, folder.path()), (Names{"c.png", "d.png"}));
  ASSERT_EQ(inputs.refused.size(), 2U);
  EXPECT_EQ(inputs.refused[0].input, "@" + list.string() + ", line 2");
  EXPECT_NE(inputs.refused[0].message.find("NUL byte"), std::string::npos);
}

TEST(Inputs, PicturesThatTheProgramMadeAreLeftOut) {
  const TemporaryFolder folder;
  folder.write("scan.png", "x");
  folder.write("own.heat.png", "a user's own");
  {
    OutputFolder out(folder.path());
    out.write("scan.heat.png", "heat", OutputKind::picture);
    out.write("scan.mask.png", "mask", OutputKind::picture);
    out.write("phantom.png", "an X-ray");
  }
  folder.write("scan.mask.png", "annotated by a user");
  const auto inputs = expand_inputs({folder.path().string()});
  EXPECT_EQ(names(inputs, folder.path()),
            (Names{"own.heat.png", "phantom.png", "scan.mask.png", "scan.png"}));
  EXPECT_EQ(inputs.left_out, 1U);
  EXPECT_TRUE(inputs.refused.empty());
  const auto heat = (folder.path() / "scan.heat.png").string();
  const auto beside = expand_inputs({heat, (folder.path() / "scan.png").string()});
  EXPECT_EQ(names(beside, folder.path()), Names{"scan.png"}) << "as a shell's *.png would";
  EXPECT_EQ(beside.left_out, 1U);
  EXPECT_TRUE(beside.refused.empty());
  const auto alone = expand_inputs({heat});
  ASSERT_EQ(alone.refused.size(), 1U);
  EXPECT_EQ(alone.refused[0].input, heat);
  EXPECT_EQ(alone.left_out, 0U);
}

TEST(Inputs, AFolderOfOwnPicturesAloneIsRefused) {
  const TemporaryFolder folder;
  OutputFolder(folder.path()).write("scan.heat.png", "heat", OutputKind::picture);
  const auto inputs = expand_inputs({folder.path().string()});
  ASSERT_EQ(inputs.refused.size(), 1U);
  EXPECT_EQ(inputs.refused[0].code, ErrorCode::empty_input);
  EXPECT_NE(inputs.refused[0].message.find("only pictures that cxrnet made"), std::string::npos);
}

TEST(Outputs, OfABatchThatCannotBeWrittenAreTold) {
  const TemporaryFolder folder;
  folder.write("b\n.png", "a user's own");
  OutputFolder out(folder.path());
  for (const char* name : {"a.png", "b\n.png"}) out.add(name, "new", OutputKind::picture);
  std::ostringstream data, err;
  Console console(data, err, {});
  Batch batch{.done = 1};
  const auto list = commit_outputs(out, console, batch);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["file"], "b\n.png");
  EXPECT_EQ(list[0]["code"], "output_exists");
  EXPECT_EQ(err.str().find("cxrnet: not written [output_exists] b\\n.png: output: "), 0U)
      << err.str();
  EXPECT_EQ(batch.end(), ExitStatus::some_inputs_refused);
}

TEST(Inputs, PatternsMatchAndLiteralNamesWin) {
  const TemporaryFolder folder;
  for (const char* name : {"a1.png", "a2.png", "b1.png", "odd[1].png"}) folder.write(name, "x");
  const auto inputs =
      expand_inputs({(folder.path() / "a*.png").string(), (folder.path() / "odd[1].png").string()});
  EXPECT_EQ(names(inputs, folder.path()), (Names{"a1.png", "a2.png", "odd[1].png"}));
}

TEST(Inputs, ListNamesFilesRelativeToItself) {
  const TemporaryFolder folder;
  const auto absolute = folder.write("elsewhere/z.png", "x");
  folder.write("lists/a.png", "x");
  const auto list =
      folder.write("lists/all.txt", "# comment\n\na.png\r\n" + absolute.string() + "\n");
  EXPECT_EQ(names(expand_inputs({"@" + list.string()}), folder.path()),
            (Names{"lists/a.png", "elsewhere/z.png"}));
}

struct RefusedCase {
  const char* name;
  std::string argument;  // relative to the folder
  ErrorCode code;
};

class InputsRefuse : public testing::TestWithParam<RefusedCase> {};

TEST_P(InputsRefuse, OneArgumentAndGoOn) {
  const TemporaryFolder folder;
  const auto good = folder.write("good.png", "x");
  folder.write("empty/readme.txt", "x");
  folder.write("empty.list", "# nothing\n");
  const bool is_list = GetParam().argument.starts_with('@');
  const auto path = (folder.path() / GetParam().argument.substr(is_list ? 1 : 0)).string();
  const auto inputs = expand_inputs({(is_list ? "@" : "") + path, good.string()});
  ASSERT_EQ(inputs.refused.size(), 1U);
  EXPECT_EQ(inputs.refused[0].code, GetParam().code);
  EXPECT_EQ(inputs.refused[0].input, (is_list ? "@" : "") + path);
  EXPECT_EQ(names(inputs, folder.path()), Names{"good.png"});
}

INSTANTIATE_TEST_SUITE_P(
    Arguments, InputsRefuse,
    testing::Values(RefusedCase{"missing_file", "none.png", ErrorCode::not_found},
                    RefusedCase{"folder_without_images", "empty", ErrorCode::empty_input},
                    RefusedCase{"pattern_without_match", "*.tif", ErrorCode::empty_input},
                    RefusedCase{"missing_list", "@none.txt", ErrorCode::not_found},
                    RefusedCase{"empty_list", "@empty.list", ErrorCode::empty_input}),
    [](const auto& test) { return std::string(test.param.name); });

// root may read everything; as the user "nobody" it may not.
class AsOrdinaryUser {
 public:
  AsOrdinaryUser() {
    if (was_root_ && ::seteuid(65534) != 0) ADD_FAILURE() << "cannot become an ordinary user";
  }
  ~AsOrdinaryUser() {
    if (was_root_ && ::seteuid(0) != 0) ADD_FAILURE() << "cannot become root again";
  }

 private:
  bool was_root_ = ::geteuid() == 0;
};

TEST(Inputs, UnreadableFolderIsRefusedAndTheRestGoesOn) {
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::all);
  folder.write("closed/a.png", "x");
  folder.write("open/b.png", "x");
  fs::permissions(folder.path() / "closed", fs::perms::none);
  Inputs inputs;
  {
    const AsOrdinaryUser user;
    inputs = expand_inputs({folder.path().string()});
  }
  fs::permissions(folder.path() / "closed", fs::perms::owner_all);
  ASSERT_EQ(inputs.refused.size(), 1U);
  EXPECT_EQ(inputs.refused[0].code, ErrorCode::unreadable);
  EXPECT_EQ(names(inputs, folder.path()), Names{"open/b.png"});
}

struct BatchRow {
  const char* name;
  std::function<void()> fail;  // what the second of three inputs meets
  std::vector<std::string> seen;
  std::string refused;  // the code
  std::string ended_by;
  ExitStatus status;  // where nothing ended the batch
};

class BatchGoesOn : public testing::TestWithParam<BatchRow> {};

TEST_P(BatchGoesOn, OrEndsByTheOnePolicy) {
  const TemporaryFolder folder;
  for (const char* name : {"a.png", "b.png", "c.png"}) folder.write(name, "x");
  auto inputs = expand_inputs({folder.path().string()});
  std::ostringstream out, err;
  Console console(out, err, {.quiet = true});
  Names seen;
  const auto batch = for_each_input(console, inputs, [&](const Input& input) {
    if (input.stem == "b") GetParam().fail();
    seen.push_back(input.stem);
  });
  EXPECT_EQ(seen, GetParam().seen);
  if (GetParam().refused.empty()) {
    EXPECT_TRUE(inputs.refused.empty());
  } else {
    ASSERT_EQ(inputs.refused.size(), 1U);
    EXPECT_EQ(refusals_to_json(inputs.refused)[0]["code"], GetParam().refused);
    EXPECT_EQ(err.str().find("cxrnet: refused [" + GetParam().refused + "] " +
                             (folder.path() / "b.png").string() + ": "),
              0U)
        << err.str();
  }
  EXPECT_EQ(out.str(), "");
  if (GetParam().ended_by.empty()) {
    EXPECT_EQ(batch.end(), GetParam().status);
    return;
  }
  try {
    batch.end();
    FAIL() << "it was not told what ended the batch";
  } catch (const Error& error) {
    EXPECT_EQ(reason_code(error.code()), GetParam().ended_by);
  }
}

std::function<void()> fails(ErrorCode code) {
  return [code] { throw Error(code, "thing: expected another, got this; try again"); };
}

INSTANTIATE_TEST_SUITE_P(Errors, BatchGoesOn,
                         testing::Values(BatchRow{"of_the_input",
                                                  fails(ErrorCode::corrupt_image),
                                                  {"a", "c"},
                                                  "corrupt_image",
                                                  "",
                                                  ExitStatus::some_inputs_refused},
                                         BatchRow{"of_memory",
                                                  [] { throw std::bad_alloc(); },
                                                  {"a", "c"},
                                                  "out_of_memory",
                                                  "",
                                                  ExitStatus::some_inputs_refused},
                                         BatchRow{"of_the_program",
                                                  fails(ErrorCode::internal),
                                                  {"a", "c"},
                                                  "internal",
                                                  "",
                                                  ExitStatus::internal_fault},
                                         BatchRow{"of_a_library",
                                                  [] { throw std::runtime_error("odd"); },
                                                  {"a", "c"},
                                                  "internal",
                                                  "",
                                                  ExitStatus::internal_fault},
                                         BatchRow{"of_the_disk",
                                                  fails(ErrorCode::disk_full),
                                                  {"a"},
                                                  "",
                                                  "disk_full",
                                                  ExitStatus::all_done},
                                         BatchRow{"of_the_options",
                                                  fails(ErrorCode::invalid_option),
                                                  {"a"},
                                                  "",
                                                  "invalid_option",
                                                  ExitStatus::all_done}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace cxrnet::app
