// What `INPUT...` stands for: files, folders, globs and @list.txt.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cxrnet/core/error.h"
#include "cxrnet/core/output_folder.h"
#include "framework/command.h"
#include "framework/ordered_work.h"

namespace cxrnet::app {

struct Input {
  std::filesystem::path path;
  std::string stem;  ///< of the outputs' names; unique, and the same for the same arguments
};

/// An input that was not worked on, and why.
struct Refusal {
  std::string input;  ///< as the user named or would recognise it
  ErrorCode code;
  std::string message;
};

struct Inputs {
  std::vector<Input> accepted;  ///< in the arguments' order; within a folder or pattern by path
  std::vector<Refusal> refused;
  std::vector<std::string> unread = {};           ///< lists whose reading a signal ended
  std::size_t left_out = 0;                       ///< pictures that this program made of X-rays
  std::vector<std::filesystem::path> lists = {};  ///< files that named some

  /// Canonical paths of the accepted.
  std::vector<std::filesystem::path> paths() const;
  /// The same and those of the lists: what a run never replaces.
  std::vector<std::filesystem::path> kept_paths() const;
};

/// As far as they are there; empty ones are left out.
std::vector<std::filesystem::path> canonical_paths(const std::vector<std::filesystem::path>& paths);

/// Expands each argument:
/// - a file is taken whatever its name (the decoder judges it);
/// - a folder gives what find_images finds in it;
/// - a pattern with * ? [ gives what match_pattern gives, if nothing has that very name;
/// - @list.txt gives one of the above per line or between NUL bytes (no further lists; see
///   parse_list), relative to the list's folder; a line that begins with # is a comment unless
///   there is such a file.
///
/// A file that is met twice counts once. Pictures that this program made of X-rays, as the lists in
/// their folders say, are left out. What is missing, unreadable or empty is refused, the rest goes
/// on. `earlier`: what is in the folder that outputs go to (see unique_stems).
Inputs expand_inputs(const std::vector<std::string>& arguments, const OutputRecord& earlier = {});

/// The same for a run that writes into `folder`, which keeps the stems in mind and never replaces
/// an input.
Inputs expand_inputs(const std::vector<std::string>& arguments, OutputFolder& folder);

/// [{"input", "code", "message"}, ...]
nlohmann::json refusals_to_json(const std::vector<Refusal>& refusals);

/// The manifest that --data names. Errors: invalid_option when it names none.
const std::string& require_data(const std::string& data);

/// `INPUT...` of the verbs that take images.
Positional input_positional();

/// What came of a batch. Verbs write what they have and then `end()` with it.
struct Batch {
  std::size_t done = 0;
  std::size_t refused = 0;
  std::size_t unwritten = 0;           ///< outputs of inputs that were worked on
  bool defect = false;                 ///< the program failed on an input; it stands in the refused
  std::optional<Error> ended_by = {};  ///< what ended the run before its last input
  std::vector<std::string> unprocessed = {};  ///< inputs that the run was cut off before

  bool complete() const { return unprocessed.empty() && !ended_by; }

  /// The status of the run. Errors: what ended it.
  ExitStatus end() const;
};

/// `complete`, and `unprocessed` with the inputs that were not worked on; `ended_by` {code,
/// message} where something other than a signal cut the run off.
void tell_completeness(nlohmann::json& result, const Batch& batch);

/// Waits until the pictures in the folder are there. Gives those that could not be written as JSON,
/// [{"file", "code", "message"}, ...], after it has told them on the console.
nlohmann::json commit_outputs(OutputFolder& folder, Console& console, Batch& batch);

/// Writes what closes a run. A failure becomes what ended the batch, unless something did before,
/// so that the answer is told all the same.
void write_last(Batch& batch, const std::function<void()>& write);

/// Notes the error in the batch, and in the refused unless it ends the run; prints it then.
void refuse_or_end(Console& console, const Input& input, const Error& error, Inputs& inputs,
                   Batch& batch);

/// Runs `work(input)` on each accepted input, in order, with a progress bar. What it throws decides
/// by concern_of: it refuses that input alone, or ends the batch. Refusals are printed and added to
/// `inputs.refused`. Ends early when a stop is requested.
template <class Work>
Batch for_each_input(Console& console, Inputs& inputs, Work&& work) {
  for (const auto& refusal : inputs.refused)
    console.refused(refusal.input, refusal.code, refusal.message);
  if (inputs.left_out > 0) {
    console.message("left out: " + std::to_string(inputs.left_out) +
                    " pictures that cxrnet made of X-rays");
  }
  ProgressBar bar(console, "images", static_cast<int64_t>(inputs.accepted.size()));
  Batch batch;
  int64_t seen = 0;
  for (const auto& input : inputs.accepted) {
    if (stop_requested()) break;
    try {
      work(input);
      ++batch.done;
    } catch (...) {
      refuse_or_end(console, input, current_error(), inputs, batch);
      if (batch.ended_by) break;  // this input, too, was not worked on
    }
    bar.update(++seen);
  }
  batch.refused = inputs.refused.size();
  batch.unprocessed = inputs.unread;
  for (auto i = static_cast<std::size_t>(seen); i < inputs.accepted.size(); ++i)
    batch.unprocessed.push_back(inputs.accepted[i].path.string());
  return batch;
}

/// Turns some inputs into Results, or into what went wrong with them.
template <class Result>
using GroupWorker = std::function<std::vector<Attempt<Result>>(std::span<const Input>)>;

/// The same with several images at once: each worker answers `group` inputs at a time, the last may
/// be fewer, in a thread of its own; `collect(input, result)` is called in this thread, in the
/// inputs' order.
template <class Result, class Collect>
Batch for_each_input(Console& console, Inputs& inputs, std::size_t group,
                     std::vector<GroupWorker<Result>> workers, Collect&& collect) {
  const std::span<const Input> all(inputs.accepted);
  std::vector<typename OrderedWork<Result>::Worker> by_number;
  for (auto& worker : workers) {
    by_number.push_back([all, work = std::move(worker)](std::size_t first, std::size_t count) {
      return work(all.subspan(first, count));
    });
  }
  OrderedWork<Result> results(all.size(), group, std::move(by_number));
  return for_each_input(console, inputs,
                        [&](const Input& input) { collect(input, results.take()); });
}

}  // namespace cxrnet::app
