// The folder that a run writes into: whose the files in it are, and what may be replaced.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cxrnet/core/files.h"
#include "cxrnet/core/output_record.h"

namespace cxrnet {

/// Whether files that this program did not write are replaced.
enum class Replace { own_files, all_files };

/// Only what this program wrote and nobody changed since is replaced, or everything but the inputs
/// with Replace::all_files. Which files those are stands in a hidden list in the folder (see
/// OutputRecord); each is entered before it has its name, so that a run that is killed leaves none
/// that a later one would not know. Empty files and what has the very content that is to be written
/// are nobody's. Thread-safe.
class OutputFolder {
 public:
  /// Creates the folder, tries whether it can be written, removes temporary files of processes that
  /// have ended, and claims `names`. Errors: write_failed, disk_full, output_exists.
  explicit OutputFolder(std::filesystem::path folder, Replace replace = Replace::own_files,
                        const std::vector<std::string>& names = {});
  ~OutputFolder();
  OutputFolder(OutputFolder&& other) noexcept;
  OutputFolder& operator=(OutputFolder&&) = delete;

  const std::filesystem::path& path() const;
  /// What this and earlier runs wrote here.
  OutputRecord record() const;

  /// What must not be replaced in any case, by canonical paths.
  void protect(std::vector<std::filesystem::path> inputs);

  /// Takes a name for a later write(), before any work. Errors: output_exists, write_failed.
  void claim(const std::string& name);

  /// Writes a file that is there when it returns. Errors: those of claim; disk_full.
  void write(const std::string& name, std::string_view bytes, OutputKind kind = OutputKind::file);

  /// Writes one of many files: it is there after commit(). What it cannot have costs it alone and
  /// is told then. Errors: disk_full.
  void add(const std::string& name, std::string_view bytes, OutputKind kind);

  /// Gives the files that could not be written. Errors: disk_full, write_failed.
  std::vector<FailedFile> commit();

  /// Whose pictures have the stem, for later runs; `owner` is one word.
  void note_stem(const std::string& stem, const std::string& owner);

 private:
  friend class GrowingOutput;
  struct State;
  std::unique_ptr<State> state_;
};

/// A file of the folder that is written piece by piece and appears at commit().
class GrowingOutput {
 public:
  /// Errors: those of OutputFolder::claim.
  GrowingOutput(OutputFolder& folder, std::string name);
  ~GrowingOutput();
  GrowingOutput(const GrowingOutput&) = delete;
  GrowingOutput& operator=(const GrowingOutput&) = delete;

  /// Errors: as GrowingFile.
  void append(std::string_view bytes);
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One file that a run writes by itself, anywhere: its folder, which must exist, is an
/// OutputFolder. Devices, pipes and standard output are written as they are.
class OutputFile {
 public:
  /// Claims the name before any work. `among`: a folder of the same run in which it may lie, or
  /// null. Errors: output_exists, write_failed.
  OutputFile(std::filesystem::path file, Replace replace, OutputFolder* among = nullptr);

  const std::filesystem::path& path() const { return file_; }
  /// It is a device, a pipe or standard output.
  bool is_stream() const { return folder_ == nullptr; }
  /// As OutputFolder::protect. Errors: output_exists when it is one of them.
  void protect(const std::vector<std::filesystem::path>& inputs);
  /// Errors: as OutputFolder::write.
  void write(std::string_view bytes);
  /// A further file beside it, with another ending: "card.md" has "card.config.toml" for
  /// ".config.toml". Not for streams. Errors: as claim and write.
  void claim_beside(const std::string& ending);
  void write_beside(const std::string& ending, std::string_view bytes);

 private:
  std::string beside(const std::string& ending) const;

  std::filesystem::path file_;
  std::unique_ptr<OutputFolder> own_;
  OutputFolder* folder_ = nullptr;
};

}  // namespace cxrnet
