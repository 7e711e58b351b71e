#include "framework/inputs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>

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
  for (const char* name : {"1/scan.png", "2/scan.jpg", "3/scan-2.png", "4/scan.png"})
    folder.write(name, "x");
  EXPECT_EQ(stems(expand_inputs({folder.path().string()})),
            (Names{"scan", "scan-2", "scan-2-2", "scan-3"}));
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

TEST(Inputs, BatchGoesOnAfterARefusal) {
  const TemporaryFolder folder;
  for (const char* name : {"a.png", "b.png", "c.png"}) folder.write(name, "x");
  auto inputs = expand_inputs({folder.path().string()});
  std::ostringstream out, err;
  Console console(out, err, {.quiet = true});
  Names seen;
  const auto status = for_each_input(console, inputs, [&](const Input& input) {
    if (input.stem == "b")
      throw Error(ErrorCode::corrupt_image, "png: expected data, got none; send it again");
    seen.push_back(input.stem);
  });
  EXPECT_EQ(status, ExitStatus::some_inputs_refused);
  EXPECT_EQ(seen, (Names{"a", "c"}));
  ASSERT_EQ(inputs.refused.size(), 1U);
  EXPECT_EQ(refusals_to_json(inputs.refused)[0]["code"], "corrupt_image");
  EXPECT_NE(err.str().find("cxrnet: refused [corrupt_image] " + (folder.path() / "b.png").string() +
                           ": png:"),
            std::string::npos);
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace cxrnet::app
