// What `INPUT...` stands for: files, folders, globs and @list.txt.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "cxrnet/core/error.h"
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
};

/// Expands each argument:
/// - a file is taken whatever its name (the decoder judges it);
/// - a folder gives, recursively, files with an image's suffix, and those without one that begin
///   as DICOM;
/// - a pattern with * ? [ gives what it matches, if no file has that very name;
/// - @list.txt gives one of the above per line (no further lists), relative to the list's folder;
///   a line that begins with # is a comment.
///
/// A file that is met twice counts once. What is missing, unreadable or empty is refused, the rest
/// goes on.
Inputs expand_inputs(const std::vector<std::string>& arguments);

/// "scan.dcm" -> "scan"; only an image's suffix is cut, so that a DICOM UID as a name stays whole.
std::string output_stem(const std::filesystem::path& path);

/// [{"input", "code", "message"}, ...]
nlohmann::json refusals_to_json(const std::vector<Refusal>& refusals);

/// The manifest that --data names. Errors: invalid_option when it names none.
const std::string& require_data(const std::string& data);

/// `INPUT...` of the verbs that take images.
Positional input_positional();

/// Runs `work(input)` on each accepted input, in order, with a progress bar. A thrown Error refuses
/// that input alone, save `internal` and `invalid_option`, which would hit every input. Refusals
/// are printed and added to `inputs.refused`. Ends early when a stop is requested.
template <class Work>
ExitStatus for_each_input(Console& console, Inputs& inputs, Work&& work) {
  for (const auto& refusal : inputs.refused)
    console.refused(refusal.input, refusal.code, refusal.message);
  ProgressBar bar(console, "images", static_cast<int64_t>(inputs.accepted.size()));
  std::size_t done = 0;
  int64_t seen = 0;
  for (const auto& input : inputs.accepted) {
    if (stop_requested()) break;
    try {
      work(input);
      ++done;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::internal || error.code() == ErrorCode::invalid_option) throw;
      inputs.refused.push_back({input.path.string(), error.code(), error.what()});
      console.refused(inputs.refused.back().input, error.code(), error.what());
    }
    bar.update(++seen);
  }
  return batch_status(done, inputs.refused.size());
}

/// Turns some inputs into Results, or into what went wrong with them.
template <class Result>
using GroupWorker = std::function<std::vector<Attempt<Result>>(std::span<const Input>)>;

/// The next result; whatever a worker threw is thrown as an Error.
template <class Result>
Result take_or_refuse(OrderedWork<Result>& results) {
  try {
    return results.take();
  } catch (...) {
    throw current_error();
  }
}

/// The same with several images at once: each worker answers `group` inputs at a time, the last may
/// be fewer, in a thread of its own; `collect(input, result)` is called in this thread, in the
/// inputs' order. An input that a worker has no memory for is refused.
template <class Result, class Collect>
ExitStatus for_each_input(Console& console, Inputs& inputs, std::size_t group,
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
                        [&](const Input& input) { collect(input, take_or_refuse(results)); });
}

}  // namespace cxrnet::app
