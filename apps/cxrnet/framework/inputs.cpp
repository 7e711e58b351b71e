#include "framework/inputs.h"

#include <map>
#include <set>

#include "cxrnet/core/files.h"
#include "cxrnet/core/image_files.h"
#include "framework/input_list.h"
#include "framework/stems.h"

namespace cxrnet::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxListBytes = std::size_t{64} << 20;

bool is_there(const fs::path& path) {
  std::error_code failed;
  return fs::exists(fs::symlink_status(path, failed));
}

class Expansion {
 public:
  void add_argument(const std::string& argument) {
    if (argument.starts_with('@') && !is_there(argument)) {
      add_list(argument);
    } else {
      add_named(argument, argument);
    }
  }

  Inputs take(const OutputRecord& earlier) {
    if (inputs_.accepted.empty()) {
      for (const auto& name : own_pictures_) refuse_picture(name);
      inputs_.left_out -= own_pictures_.size();
    }
    const auto stems = unique_stems(canonical_, earlier);
    for (std::size_t i = 0; i < stems.size(); ++i) inputs_.accepted[i].stem = stems[i];
    return std::move(inputs_);
  }

 private:
  void refuse(const std::string& input, ErrorCode code, const std::string& message) {
    inputs_.refused.push_back({input, code, message});
  }

  void refuse_picture(const std::string& name) {
    refuse(name, ErrorCode::unsupported_format,
           "input: expected an X-ray, got a picture that cxrnet made of one; name the X-ray");
  }

  void add_named(const fs::path& path, const std::string& name) {
    std::error_code failure;
    const auto status = fs::status(path, failure);
    if (fs::is_directory(status)) {
      add_folder(path, name);
    } else if (fs::exists(status)) {
      if (!add_file(path)) own_pictures_.push_back(name);
    } else if (failure && failure != std::errc::no_such_file_or_directory &&
               failure != std::errc::not_a_directory) {
      refuse(name, ErrorCode::unreadable,
             "input: expected a readable path, got '" + failure.message() +
                 "'; check the permissions");
    } else if (name.find_first_of("*?[") != std::string::npos && !is_there(path)) {
      add_pattern(path, name);
    } else {
      refuse(name, ErrorCode::not_found,
             "input: expected an existing file or folder, got none; check the path");
    }
  }

  // False: it is a picture that this program made, and is left out.
  bool add_file(const fs::path& path) {
    std::error_code failure;
    auto canonical = fs::weakly_canonical(path, failure);
    if (failure) canonical = path;
    if (!seen_.insert(canonical).second) {
      ++repeated_;
      return true;
    }
    if (record_of(canonical.parent_path()).made_picture(canonical)) {
      ++inputs_.left_out;
      return false;
    }
    inputs_.accepted.push_back({.path = path, .stem = ""});
    canonical_.push_back(std::move(canonical));
    return true;
  }

  const OutputRecord& record_of(const fs::path& folder) {
    const auto known = records_.find(folder);
    if (known != records_.end()) return known->second;
    return records_.emplace(folder, OutputRecord::read(folder)).first->second;
  }

  void add_folder(const fs::path& folder, const std::string& name) {
    const std::size_t before = found();
    const auto images = find_images(folder);
    for (const auto& unread : images.unread)
      refuse(unread.path.string(), unread.error.code(), unread.error.what());
    for (const auto& file : images.files) add_file(file);
    for (const auto& picture : images.own_pictures) add_file(picture);
    if (found() != before) return;
    refuse(name, ErrorCode::empty_input,
           images.own_pictures.empty()
               ? "folder: expected at least one image, got none; check the path"
               : "folder: expected at least one X-ray, got only pictures that cxrnet made of some; "
                 "check the path");
  }

  void add_pattern(const fs::path& pattern, const std::string& name) {
    const auto paths = match_pattern(pattern);
    for (const auto& path : paths) add_named(path, path.string());
    if (paths.empty()) {
      refuse(name, ErrorCode::empty_input,
             "pattern: expected at least one match, got none; check the pattern");
    }
  }

  void add_list(const std::string& argument) {
    const fs::path list = argument.substr(1);
    inputs_.lists.push_back(list);
    std::vector<ListedName> names;
    try {
      names = parse_list(read_file(list, kMaxListBytes));
    } catch (const Error& error) {
      if (error.code() == ErrorCode::interrupted) {
        inputs_.unread.push_back(argument);
      } else {
        refuse(argument, error.code(), error.what());
      }
      return;
    }
    // What comes through a pipe is of no folder.
    std::error_code failure;
    const auto folder = fs::is_regular_file(list, failure) ? list.parent_path() : fs::path();
    bool any = false;
    for (const auto& name : names) any = add_listed(argument, folder, name) || any;
    if (!any)
      refuse(argument, ErrorCode::empty_input,
             "list: expected at least one line, got none; check the file");
  }

  // False: it is no name but a comment.
  bool add_listed(const std::string& list, const fs::path& folder, const ListedName& name) {
    if (name.has_nul) {
      refuse(list + ", line " + std::to_string(name.number), ErrorCode::not_found,
             "line: expected a path, got one with a NUL byte; write one path a line, or end every "
             "path with a NUL byte");
      return true;
    }
    for (const auto& reading : name.readings) {
      if (!is_there(folder / reading)) continue;
      add_named(folder / reading, reading);
      return true;
    }
    if (name.is_comment) return false;
    add_named(folder / name.readings.back(), name.readings.back());
    return true;
  }

  std::size_t found() const { return inputs_.accepted.size() + inputs_.refused.size() + repeated_; }

  Inputs inputs_;
  std::vector<fs::path> canonical_;  // paths of the accepted
  std::set<fs::path> seen_;
  std::map<fs::path, OutputRecord> records_;
  std::vector<std::string> own_pictures_;  // that were named one by one
  std::size_t repeated_ = 0;
};

}  // namespace

Inputs expand_inputs(const std::vector<std::string>& arguments, const OutputRecord& earlier) {
  Expansion expansion;
  for (const auto& argument : arguments) expansion.add_argument(argument);
  return expansion.take(earlier);
}

Inputs expand_inputs(const std::vector<std::string>& arguments, OutputFolder& folder) {
  auto inputs = expand_inputs(arguments, folder.record());
  std::vector<std::string> stems;
  for (const auto& input : inputs.accepted) stems.push_back(input.stem);
  note_stems(inputs.paths(), stems, folder);
  folder.protect(inputs.kept_paths());
  return inputs;
}

std::vector<fs::path> Inputs::paths() const {
  std::vector<fs::path> paths;
  for (const auto& input : accepted) paths.push_back(input.path);
  return canonical_paths(paths);
}

std::vector<fs::path> Inputs::kept_paths() const {
  auto kept = canonical_paths(lists);
  const auto images = paths();
  kept.insert(kept.end(), images.begin(), images.end());
  return kept;
}

std::vector<fs::path> canonical_paths(const std::vector<fs::path>& paths) {
  std::vector<fs::path> canonical;
  for (const auto& path : paths) {
    std::error_code failed;
    if (!path.empty()) canonical.push_back(fs::weakly_canonical(path, failed));
  }
  return canonical;
}

void write_last(Batch& batch, const std::function<void()>& write) {
  try {
    write();
  } catch (const Error& error) {
    if (!batch.ended_by) batch.ended_by = error;
  }
}

ExitStatus Batch::end() const {
  if (ended_by) throw *ended_by;
  if (defect) return ExitStatus::internal_fault;
  const auto status = batch_status(done, refused);
  return status == ExitStatus::all_done && unwritten > 0 ? ExitStatus::some_inputs_refused : status;
}

nlohmann::json commit_outputs(OutputFolder& folder, Console& console, Batch& batch) {
  std::vector<FailedFile> failed;
  try {
    failed = folder.commit();
  } catch (const Error& error) {  // the disk is full: what else there is to write is still tried
    if (!batch.ended_by) batch.ended_by = error;
  }
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [path, error] : failed) {
    const auto name = path.filename().string();
    console.not_written(name, error.code(), error.what());
    list.push_back({{"file", name},
                    {"code", std::string(reason_code(error.code()))},
                    {"message", error.what()}});
  }
  batch.unwritten += failed.size();
  return list;
}

void refuse_or_end(Console& console, const Input& input, const Error& error, Inputs& inputs,
                   Batch& batch) {
  const auto concern = concern_of(error.code());
  if (concern == Concern::run) {
    batch.ended_by = error;
    return;
  }
  batch.defect = batch.defect || concern == Concern::program;
  inputs.refused.push_back({input.path.string(), error.code(), error.what()});
  console.refused(inputs.refused.back().input, error.code(), error.what());
}

void tell_completeness(nlohmann::json& result, const Batch& batch) {
  result["complete"] = batch.complete();
  result["unprocessed"] = batch.unprocessed;
  if (!batch.ended_by || batch.ended_by->code() == ErrorCode::interrupted) return;
  result["ended_by"] = {{"code", reason_code(batch.ended_by->code())},
                        {"message", batch.ended_by->what()}};
}

nlohmann::json refusals_to_json(const std::vector<Refusal>& refusals) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& refusal : refusals) {
    list.push_back({{"input", refusal.input},
                    {"code", std::string(reason_code(refusal.code))},
                    {"message", refusal.message}});
  }
  return list;
}

const std::string& require_data(const std::string& data) {
  if (!data.empty()) return data;
  throw Error(ErrorCode::invalid_option,
              "data: expected a manifest, got nothing; give --data manifest.csv");
}

Positional input_positional() {
  return {.name = "INPUT",
          .help = "images, folders, 'patterns*' or @list.txt",
          .required = true,
          .many = true};
}

}  // namespace cxrnet::app
