// A JSON document with a long list, written as the list grows.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cxrnet/core/output_folder.h"

namespace cxrnet::app {

/// An object in a file, the first member of which is a list of any length: memory does not grow
/// with it. The file is there, whole, after finish(), and reads as json_text of the object would.
/// Errors: as GrowingOutput.
class JsonListFile {
 public:
  JsonListFile(OutputFolder& folder, const std::string& file, const std::string& list);

  /// An element as add() wants it; any thread may make it.
  static std::string element_text(const nlohmann::json& element);
  void add(const std::string& element_text);

  /// `others`: the object's other members, at least one.
  void finish(const nlohmann::json& others);

 private:
  GrowingOutput file_;
  bool empty_ = true;
};

}  // namespace cxrnet::app
