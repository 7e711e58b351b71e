// What this program wrote into a folder, as the list says that it keeps there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace cxrnet {

/// What a file that was written is for.
enum class OutputKind {
  file,     ///< a document, a table, an X-ray that was rendered
  picture,  ///< made of an X-ray, and never to be taken for one
};

struct WrittenFile {
  OutputKind kind = OutputKind::file;
  uintmax_t bytes = 0;
  std::string fingerprint;  ///< of its content
};

/// The list is a hidden text file with one line for each file: kind, size, fingerprint and name.
/// That a name stands in it says little: a file is this program's as long as its content is, too.
class OutputRecord {
 public:
  static constexpr const char* kFileName = ".cxrnet-outputs";

  OutputRecord() = default;

  /// The list of a folder; an empty one where there is none that can be read.
  static OutputRecord read(const std::filesystem::path& folder);

  /// Whether the file, which lies in the folder, is as this program wrote it.
  bool wrote(const std::filesystem::path& file) const;
  /// The same for a picture that was made of an X-ray.
  bool made_picture(const std::filesystem::path& file) const;
  /// Whether it has a line that says so.
  bool contains(const std::string& name, const WrittenFile& file) const;

  /// Whose pictures have the stem, as note_stem was told; "" when nobody's.
  std::string owner_of(const std::string& stem) const;

  void note_file(const std::string& name, const WrittenFile& file);
  void note_stem(const std::string& stem, const std::string& owner);

  /// The lines of the list, each with its end.
  static std::string file_line(const std::string& name, const WrittenFile& file);
  static std::string stem_line(const std::string& stem, const std::string& owner);
  /// All of them, of each file the newest alone.
  std::string text() const;
  /// Lines that were read, and how many of them are still of use.
  std::size_t lines() const { return lines_; }
  std::size_t useful_lines() const { return newest_.size() + owners_.size(); }
  /// Whether the last line was cut off by the end of a process.
  bool cut_off() const { return cut_off_; }

 private:
  void add_line(std::string_view line);
  bool is_as_written(const std::filesystem::path& file, bool pictures_only) const;

  std::multimap<std::string, WrittenFile> files_;  // a name may have been written more than once
  std::map<std::string, WrittenFile> newest_;
  std::map<std::string, std::string> owners_;  // of stems
  std::size_t lines_ = 0;
  bool cut_off_ = false;
};

}  // namespace cxrnet
