#include "framework/json_list_file.h"

#include <gtest/gtest.h>

#include <sstream>

#include "framework/console.h"
#include "temporary_folder.h"

namespace cxrnet::app {
namespace {

using nlohmann::json;

TEST(JsonListFile, ReadsAsTheWholeObjectWrittenAtOnce) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "list.json";
  const json others{{"notice", "a \"quote\",\nand lines"}, {"refused", json::array()}};
  for (const json& elements :
       {json::array(), json{1}, json{{{"a", {1, 2}}, {"b", "x\ny"}}, "text", json::object()}}) {
    SCOPED_TRACE(elements.dump());
    std::filesystem::remove(path);
    OutputFolder folder_of_the_run(folder.path());
    JsonListFile file(folder_of_the_run, "list.json", "images");
    for (const auto& element : elements) file.add(JsonListFile::element_text(element));
    EXPECT_FALSE(std::filesystem::exists(path));
    file.finish(others);
    auto whole = others;
    whole["images"] = elements;
    EXPECT_EQ(read_file(path), json_text(whole));
    std::ostringstream out;
    std::ostringstream err;
    Console(out, err, {}).print_file(path);
    EXPECT_EQ(out.str(), json_text(whole));
  }
}

TEST(JsonListFile, LeavesNothingUnlessItIsFinished) {
  const TemporaryFolder folder;
  {
    OutputFolder folder_of_the_run(folder.path());
    JsonListFile(folder_of_the_run, "list.json", "images").add("1");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace cxrnet::app
