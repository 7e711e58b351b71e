// The real program from outside: exit statuses, streams, JSON, colours.
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "test/temporary_folder.h"

namespace cxrnet::app {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct Outcome {
  int status = -1;
  std::string out, err;
};

// Runs `cxrnet <arguments>` through the shell with its streams in files; `environment` stands
// before the command.
Outcome cxrnet(const std::string& arguments, const std::string& environment = "") {
  const TemporaryFolder folder;
  const auto out = folder.path() / "out", err = folder.path() / "err";
  const std::string command = environment + " '" CXRNET_PROGRAM "' " + arguments + " >" +
                              out.string() + " 2>" + err.string();
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(out), read_text(err)};
}

// The program on a terminal of its own.
class TerminalRun {
 public:
  TerminalRun(const std::string& arguments, const std::string& environment) {
    const std::string command = environment + " exec '" CXRNET_PROGRAM "' " + arguments;
    child_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (child_ == 0) {
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
  }
  TerminalRun(const TerminalRun&) = delete;
  TerminalRun& operator=(const TerminalRun&) = delete;
  ~TerminalRun() { ::close(terminal_); }

  // Reads until `text` is shown or the program ends; gives all that was shown up to now.
  const std::string& read_until(const std::string& text) {
    char buffer[4096];
    while (shown_.find(text) == std::string::npos) {
      const ssize_t got = ::read(terminal_, buffer, sizeof(buffer));
      if (got <= 0) break;
      shown_.append(buffer, got);
    }
    return shown_;
  }
  const std::string& read_all() { return read_until("\x04 never shown"); }

  void signal(int number) const { ::kill(child_, number); }
  int exit_status() {
    read_all();
    int status = 0;
    ::waitpid(child_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  int terminal_ = -1;
  pid_t child_ = -1;
  std::string shown_;
};

TEST(Cli, VersionTellsTheBuildAndTheNotice) {
  const auto outcome = cxrnet("--version");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  for (const char* fact : {"cxrnet " CXRNET_VERSION, "libtorch: ", "BLAS: ", "Research use only"}) {
    EXPECT_NE(outcome.out.find(fact), std::string::npos) << fact;
  }
}

TEST(Cli, HelpGoesToStandardOutputAndUsageErrorsToStandardError) {
  const auto help = cxrnet("--help");
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("check-data"), std::string::npos);
  EXPECT_EQ(help.err, "");
  const auto mistake = cxrnet("inform");
  EXPECT_EQ(mistake.status, 2);
  EXPECT_EQ(mistake.out, "");
  EXPECT_EQ(mistake.err.find("cxrnet: error [invalid_option]: verb: expected one of"), 0U);
}

TEST(Cli, ColoursOnATerminalUnlessNoColor) {
  const auto shown = [](const std::string& environment) {
    TerminalRun run("inform", environment);
    const std::string text = run.read_all();
    EXPECT_EQ(run.exit_status(), 2);
    return text;
  };
  EXPECT_NE(shown("TERM=xterm NO_COLOR=").find("\033[31merror\033[0m"), std::string::npos);
  EXPECT_EQ(shown("TERM=xterm NO_COLOR=1").find('\033'), std::string::npos);
  EXPECT_EQ(shown("TERM=dumb NO_COLOR=").find('\033'), std::string::npos);
  EXPECT_EQ(cxrnet("inform", "TERM=xterm NO_COLOR=").err.find('\033'), std::string::npos);
}

TEST(Cli, InfoOfResNet50HasItsPublishedSize) {
  const auto outcome = cxrnet("info --architecture resnet50 --json --threads 1");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto info = json::parse(outcome.out);
  EXPECT_EQ(info["schema"], "cxrnet.info/1");
  int64_t encoder_parameters = 0, total = 0;
  for (const auto& layer : info["layers"]) {
    total += layer["parameters"].get<int64_t>();
    if (layer["layer"].get<std::string>().rfind("encoder.", 0) == 0) {
      encoder_parameters += layer["parameters"].get<int64_t>();
    }
  }
  // torchvision: 25,557,032 with fc (2,049,000) and a three-channel first convolution; grey saves 2
  // * 64 * 7 * 7.
  EXPECT_EQ(encoder_parameters, 25557032 - 2049000 - 2 * 64 * 49);
  EXPECT_EQ(total, info["parameters"]);
}

TEST(Cli, InfoTableNamesItsColumns) {
  const auto outcome = cxrnet("info --architecture alexnet --image-size 96 --width 0.25");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out.find("layer "), 0U);
  for (const char* expected :
       {"output shape", "parameters", "MACs", "total", "encoder.features.0"}) {
    EXPECT_NE(outcome.out.find(expected), std::string::npos) << expected;
  }
}

TEST(Cli, InfoRefusesWhatIsNoModel) {
  const TemporaryFolder folder;
  EXPECT_EQ(cxrnet("info " + folder.write("m.safetensors", "not a model").string()).status, 3);
  EXPECT_EQ(cxrnet("info /nowhere.safetensors").status, 3);
  EXPECT_EQ(cxrnet("info --architecture resnet51").status, 2);
}

TEST(Cli, MoreThreadsThanCoresAreClampedWithAWarning) {
  const auto outcome = cxrnet("info --threads 4000");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err.find("cxrnet: warning: threads: 4000 asked for, "), 0U) << outcome.err;
}

TEST(Cli, InfoTellsWhichInstructionsAreUsed) {
  const auto limited = cxrnet("info --json", "CXRNET_MAX_CPU_ISA=SSE41");
  ASSERT_EQ(limited.status, 0) << limited.err;
  const auto processor = json::parse(limited.out)["processor"];
  EXPECT_EQ(processor["loop_instructions"], "SSE41");
#ifndef CXRNET_MINIMAL
  EXPECT_EQ(processor["kernel_instructions"], "SSE41");
#endif
  const auto unknown = cxrnet("info", "CXRNET_MAX_CPU_ISA=MMX");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("CXRNET_MAX_CPU_ISA: expected one of SSE41, AVX2, AVX512_CORE, "),
            std::string::npos)
      << unknown.err;
}

TEST(Cli, FullDiskOnStandardOutputIsAnError) {
  const std::string command = "'" CXRNET_PROGRAM "' --version > /dev/full 2> /dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
}

TEST(Cli, BashCompletesAnOptionsChoices) {
  const TemporaryFolder folder;
  const auto script =
      folder.write("try.bash", "source <('" CXRNET_PROGRAM
                               "' completion bash)\n"
                               "COMP_WORDS=(cxrnet info --architecture v) COMP_CWORD=3\n"
                               "_cxrnet\n[ \"${COMPREPLY[*]}\" = 'vgg16 vgg19' ]\n"
                               "COMP_WORDS=(cxrnet info --im) COMP_CWORD=2\n"
                               "_cxrnet && [ \"${COMPREPLY[*]}\" = '--image-size' ]\n");
  EXPECT_EQ(std::system(("bash -e " + script.string()).c_str()), 0);
}

TEST(Cli, CompletionAndManualPageParse) {
  EXPECT_EQ(std::system("'" CXRNET_PROGRAM "' completion bash | bash -n"), 0);
  const auto page = cxrnet("man");
  EXPECT_EQ(page.status, 0);
  EXPECT_EQ(page.out.find(".TH CXRNET 1"), 0U);
}

TEST(Cli, ImportThenCheckData) {
  const TemporaryFolder folder;
  for (const char* name : {"NORMAL/a.png", "NORMAL/b.png", "covid19/c.png", "viral/d.png"})
    folder.write(name, "x");
  const std::string manifest = (folder.path() / "made/manifest.csv").string();
  fs::create_directory(folder.path() / "made");
  const auto imported =
      cxrnet("import folder " + folder.path().string() + " --out " + manifest + " --json");
  ASSERT_EQ(imported.status, 0) << imported.err;
  const auto counts = json::parse(imported.out);
  EXPECT_EQ(counts["schema"], "cxrnet.import/1");
  EXPECT_EQ(counts["labels"], json({{"healthy", 2}, {"covid19", 1}, {"viral", 1}}));
  EXPECT_TRUE(fs::exists(folder.path() / "made/manifest.config.toml"));

  const auto checked = cxrnet("check-data " + manifest + " --json");
  ASSERT_EQ(checked.status, 0) << checked.out << checked.err;
  EXPECT_EQ(json::parse(checked.out)["n"], 4);
  fs::remove(folder.path() / "viral/d.png");
  EXPECT_EQ(cxrnet("check-data " + manifest).status, 4);
  EXPECT_EQ(cxrnet("check-data " + manifest + " --no-files").status, 0);
}

TEST(Cli, CheckDataReadsSidesInEverySpellingAndFindsCopies) {
  const TemporaryFolder folder;
  for (const char* name : {"a.png", "b.png"}) folder.write(name, "x");
  folder.write("c.png", "y");
  const auto manifest_of = [&](const std::string& rows) {
    return folder.write("m.csv", "path,label, Patient_ID,group_split\n" + rows).string();
  };
  const auto leak = cxrnet(
      "check-data " +
      manifest_of("a.png,viral,p1,Train\nb.png,viral,p1 , TEST\nc.png,viral,p2,\n") + " --json");
  EXPECT_EQ(leak.status, 3) << leak.err;
  EXPECT_NE(leak.err.find("group_split: 1 rows name no side"), std::string::npos) << leak.err;
  EXPECT_EQ(json::parse(leak.out)["leaks"]["group_split"],
            json::parse(R"([{"train_lines": [2], "test_lines": [3]}])"));

  const auto manifest = manifest_of("a.png,viral,p1,train\nb.png,viral,p2,test\n");
  const auto copies = cxrnet("check-data " + manifest + " --json");
  EXPECT_EQ(copies.status, 0) << copies.err;
  const auto found = json::parse(copies.out)["duplicates"]["group_split"];
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]["lines"], json::parse("[2, 3]"));
  EXPECT_EQ(found[0]["likeness"], "equal bytes");
  EXPECT_EQ(cxrnet("check-data " + manifest + " --duplicates refuse").status, 3);
  EXPECT_EQ(cxrnet("check-data " + manifest + " --duplicates ignore").status, 0);
}

TEST(Cli, CheckDataFindsAPatientOnBothSides) {
  const TemporaryFolder folder;
  for (const char* name : {"a.png", "b.png", "c.png"}) folder.write(name, "x");
  const std::string manifest =
      folder
          .write("m.csv",
                 "path,label,patient_id,group_split\na.png,viral,John Doe,train\n"
                 "b.png,viral,John Doe,test\nc.png,healthy,p2,test\n")
          .string();
  const auto outcome = cxrnet("check-data " + manifest);
  EXPECT_EQ(outcome.status, 3);
  EXPECT_NE(outcome.out.find("group_split: one patient in training (lines 2) and test (lines 3)"),
            std::string::npos)
      << outcome.out;
  EXPECT_EQ(outcome.out.find("John"), std::string::npos);
  EXPECT_EQ(cxrnet("check-data " + manifest + " --allow-leak").status, 0);
  EXPECT_EQ(cxrnet("check-data " + manifest + " --split-column paper_split").status, 3);
  const auto document = json::parse(cxrnet("check-data " + manifest + " --json").out);
  EXPECT_EQ(document["leaks"]["group_split"],
            json::parse(R"([{"train_lines": [2], "test_lines": [3]}])"));
}

#ifndef CXRNET_MINIMAL

TEST(Cli, PhantomsMakeADataSetThatCheckDataAccepts) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "set").string();
  const auto made = cxrnet("phantom --count 2 --size 96 --out " + out + " --json");
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(json::parse(made.out)["images"].size(), 8U);
  EXPECT_TRUE(fs::exists(out + "/config.toml"));
  const auto checked = cxrnet("check-data " + out + "/manifest.csv --json");
  ASSERT_EQ(checked.status, 0) << checked.out;
  EXPECT_EQ(json::parse(checked.out)["counts"].size(), 4U);

  const auto again = cxrnet("phantom --config " + out + "/config.toml --out " + out + "2");
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(read_text(out + "/images/phantom-5.png"), read_text(out + "2/images/phantom-5.png"));
}

TEST(Cli, EnhanceRefusesOneFileAndWritesTheRest) {
  const TemporaryFolder folder;
  const std::string base = folder.path().string();
  ASSERT_EQ(cxrnet("phantom --findings healthy --size 96 --out " + base + "/in").status, 0);
  folder.write("bad.png", "no image");
  const auto outcome = cxrnet("enhance " + base + "/in/images " + base + "/bad.png --out " + base +
                              "/out --json --quiet");
  EXPECT_EQ(outcome.status, 4);
  EXPECT_EQ(outcome.err.find("cxrnet: refused [unsupported_format] "), 0U) << outcome.err;
  const auto document = json::parse(outcome.out);
  EXPECT_EQ(document["schema"], "cxrnet.enhance/1");
  EXPECT_EQ(document["images"].size(), 1U);
  EXPECT_EQ(document["refused"][0]["code"], "unsupported_format");
  EXPECT_EQ(read_text(base + "/out/phantom-0.enhanced.png").substr(1, 3), "PNG");
  EXPECT_EQ(cxrnet("enhance " + base + "/bad.png --out " + base + "/out").status, 3);
}

TEST(Cli, SignalsStopALongVerbInOrder) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const TemporaryFolder folder;
    const std::string out = (folder.path() / "many").string();
    TerminalRun run("phantom --count 100000 --size 64 --out " + out, "TERM=xterm");
    EXPECT_NE(run.read_until("images/s").find("phantoms ["),
              std::string::npos);  // the progress bar of a terminal
    run.signal(signal);
    EXPECT_EQ(run.exit_status(), 128 + signal);
    EXPECT_NE(read_text(out + "/manifest.csv").find("images/phantom-0.png,healthy,phantom"),
              std::string::npos);
  }
}

#endif

}  // namespace
}  // namespace cxrnet::app
