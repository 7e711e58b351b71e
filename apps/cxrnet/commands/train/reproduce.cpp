// reproduce: everything the paper did, from raw images to a report; resumable at any point.
#include <ATen/Parallel.h>

#include <ctime>
#include <fstream>

#include "commands/commands.h"
#include "commands/train/epoch_bar.h"
#include "commands/train/reproduce_plan.h"
#include "cxrnet/core/files.h"
#include "cxrnet/engine/processor.h"
#include "cxrnet/report/study_figures.h"
#include "cxrnet/report/study_report.h"
#include "cxrnet/study/study.h"
#include "cxrnet/train/memory_pool.h"
#include "framework/inputs.h"
#include "framework/version.h"

namespace cxrnet::app {
namespace {

struct ReproduceOptions {
  std::string data;
  study::Preset preset = study::Preset::paper;
  std::vector<std::string> only;
  bool dry_run = false;
  bool resume = false;
  bool restart = false;
  study::StudyOptions study;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.data, Field{"data", "manifest.csv with the images and their labels"});
    visit(self.preset, Field{"preset",
                             "paper: its sizes, training and random split; quick: a subset, small "
                             "networks, split by patient, half an hour on two cores; best: the "
                             "paper's sizes, trained by better means, split by patient"});
    visit(self.only, Field{"only", "items to make, such as fig9,table1; none: all"});
    visit(self.dry_run,
          Field{.name = "dry-run",
                .help = "print the plan, with estimated times and how each stage trains, and stop",
                .aspect = Aspect::running,
                .saved = false});
    visit(self.resume, Field{.name = "resume",
                             .help = "go on with the study in --out, or make further items of it",
                             .aspect = Aspect::running,
                             .saved = false});
    visit(self.restart, Field{.name = "restart",
                              .help = "throw away the study that lies in --out and begin anew",
                              .aspect = Aspect::running,
                              .saved = false});
    cxrnet::visit_fields(self.study, visit);
  }
};

ReproduceOptions defaults(const nlohmann::json& given) {
  ReproduceOptions options;
  if (given.contains("preset"))
    options.preset = parse_enum<study::Preset>(given["preset"].get<std::string>(), "preset");
  options.study = study::preset_options(options.preset);
  return options;
}

// Shows a study on the console.
class ConsoleObserver final : public study::Observer {
 public:
  explicit ConsoleObserver(Console& console) : console_(console) {}

  void on_stage_start(const study::Stage& stage, int64_t number, int64_t stages) override {
    done_ = 0;
    console_.message("[" + std::to_string(number) + "/" + std::to_string(stages) + "] " +
                     stage.name + ": " + stage.title + " (about " +
                     format_duration(stage.estimated_seconds) + ")");
  }

  void on_stage_end(const study::StageStatus& status) override {
    bar_.reset();
    epoch_bar_.end();
    if (status.state == study::StageState::failed) {
      console_.warning(status.stage->name + " failed: " + status.reason);
    } else {
      console_.message("  done in " + format_duration(status.seconds));
    }
  }

  void on_work(int64_t done, int64_t total) override {
    if (!console_.style().terminal) return;  // a line for each of many short pieces of work
    if (!bar_ || done < done_) bar_.emplace(console_, "images", total);
    done_ = done;
    bar_->update(done);
  }

  void on_step(const train::StepReport& step) override {
    bar_.reset();
    epoch_bar_.show(step);
  }

  void on_epoch(const train::EpochReport&) override { epoch_bar_.end(); }

 private:
  Console& console_;
  std::optional<ProgressBar> bar_;  // of images
  EpochBar epoch_bar_{console_};
  int64_t done_ = 0;
};

std::string date_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

std::string cpu_name() {
  std::ifstream facts("/proc/cpuinfo");
  for (std::string line; std::getline(facts, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

// The command that gives the same study; paths are named by their last part.
std::string describe_command(const ReproduceOptions& options, const CommonOptions& common) {
  std::string command = "cxrnet reproduce --data " +
                        std::filesystem::path(options.data).filename().string() + " --preset " +
                        std::string(to_string(options.preset)) + " --seed " +
                        std::to_string(common.seed);
  if (!options.only.empty()) command += " --only " + join(options.only, ",");
  const auto usual = options_to_json(study::preset_options(options.preset));
  const auto chosen = options_to_json(options.study);
  for (const auto& [name, value] : chosen.items()) {
    if (value == usual.at(name)) continue;
    command += value.is_boolean() ? std::string(value.get<bool>() ? " --" : " --no-") + name
                                  : " --" + name + " " + format_value(value);
  }
  return command + " --out DIR";
}

study::StudyFacts describe_run(const ReproduceOptions& options, const Context& context) {
  study::StudyFacts facts{.preset = std::string(to_string(options.preset)),
                          .version = kVersion,
                          .command = describe_command(options, context.common),
                          .date = date_now()};
  for (const auto& [name, value] : build_facts()) facts.environment[name] = value;
  facts.environment["threads"] = at::get_num_threads();
  facts.environment["cpu"] = cpu_name();
  facts.environment["kernel_instructions"] = to_string(engine::kernel_instruction_set());
  return facts;
}

// report.html and its figures. Without gnuplot the page has its tables alone.
void write_report(const std::filesystem::path& folder, Console& console) {
  const auto study = nlohmann::json::parse(read_file(folder / "study.json"));
  try {
    report::draw_study_figures(study, folder);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    console.warning(error.what());
  }
  write_file_atomically(folder / "report.html", report::format_study_report(study, folder));
}

void print_summary(Context& context, const std::filesystem::path& folder) {
  const auto study = nlohmann::json::parse(read_file(folder / "study.json"));
  if (context.common.json) {
    context.console.print_json(study);
    return;
  }
  for (const auto& sentence : study.at("summary"))
    context.console.print_line("- " + sentence.get<std::string>());
  context.console.print_line("report: " + (folder / "report.html").string());
}

[[noreturn]] void throw_other_study(std::vector<std::string> changes) {
  constexpr std::size_t kNamed = 8;
  if (changes.size() > kNamed) {
    const auto more = changes.size() - kNamed;
    changes.resize(kNamed);
    changes.push_back("and " + std::to_string(more) + " more");
  }
  throw Error(ErrorCode::invalid_option,
              "resume: expected the options, seed and data that the study was begun with, got "
              "others: " +
                  join(changes, "; ") +
                  "; repeat the study's own, throw it away by --restart, or name another --out");
}

// A study that lies in --out is gone on with or thrown away only where that was said.
void require_startable(const study::Study& study, const ReproduceOptions& options) {
  if (options.resume && options.restart) {
    throw Error(ErrorCode::invalid_option,
                "resume: expected it or --restart, got both; give one of them");
  }
  const bool exists = study.exists();
  if (options.resume && !exists) {
    throw Error(ErrorCode::not_found,
                "resume: expected a study in the output folder, got none; start without --resume, "
                "or name the study's folder with --out");
  }
  if (!exists || options.restart) return;
  if (!options.resume) {
    throw Error(ErrorCode::invalid_option,
                "out: expected a folder without a study, got one that holds a study; go on with it "
                "by --resume, throw it away by --restart, or name another folder with --out");
  }
  if (auto changes = study.changes(); !changes.empty()) throw_other_study(std::move(changes));
}

// Where a stop left the study.
void tell_of_stop(Context& context, const std::filesystem::path& folder) {
  context.console.message("stopped; go on with --resume");
  if (context.common.json)
    context.console.print_json(nlohmann::json::parse(read_file(folder / "study.json")));
}

ExitStatus run(const ReproduceOptions& options, Context& context) {
  study::Study study(require_data(options.data), options.study,
                     static_cast<uint64_t>(context.common.seed), context.common.out);
  const auto stages = study.status(options.only);
  if (options.dry_run) {
    print_plan(stages, options.study, context);
    return ExitStatus::all_done;
  }
  if (context.common.out.empty()) context.create_out_folder();  // says that it needs one
  require_startable(study, options);
  require_output_room(context.common.out, study.output_need());
  train::use_memory_pool();
  if (options.restart && study.exists()) study.discard();
  const auto folder = context.create_out_folder();
  context.save_configuration(folder);
  ConsoleObserver observer(context.console);
  const auto outcome =
      study.run(options.only, describe_run(options, context), observer, stop_requested);
  if (outcome == study::Outcome::interrupted) {
    tell_of_stop(context, folder);
    return ExitStatus::all_done;  // the program exits with the signal's status
  }
  write_report(folder, context.console);
  print_summary(context, folder);
  return outcome == study::Outcome::finished ? ExitStatus::all_done
                                             : ExitStatus::some_inputs_refused;
}

}  // namespace

Command reproduce_command() {
  return make_command<ReproduceOptions>(
      {.verb = "reproduce",
       .group = "Data and training",
       .summary = "train and evaluate everything the paper did, and write its report",
       .example = "cxrnet reproduce --data manifest.csv --preset quick --out study",
       .uses = {.json = true,
                .seed = true,
                .threads = true,
                .out = "folder for the study: report.html, study.json, tables, figures, runs"},
       .clinical = true},
      run, defaults);
}

}  // namespace cxrnet::app
