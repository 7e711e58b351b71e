// Another runtime in a process of its own, to compare with: it answers and times on request.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cxrnet::app {

/// A process that prints "ready VERSION" and then answers one line with one line; see
/// onnxruntime.js and torchscript.py.
class Peer {
 public:
  /// Starts `command` (program and arguments) and waits until it is ready. Errors: not_found, with
  /// the peer's own reason, when it does not get there.
  Peer(std::string name, const std::vector<std::string>& command);
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer();

  const std::string& name() const { return name_; }  ///< with version
  double run(int64_t times);  ///< seconds. Errors: internal when the peer ends.
  void answer();              ///< makes it write its outputs

 private:
  std::string ask(const std::string& line);
  std::string read_line();
  void stop();

  std::string name_;
  pid_t child_ = 0;
  int to_child_ = -1;
  int from_child_ = -1;
  std::string unread_;
};

/// The peers' programs, as they are compiled in.
extern const char* const kOnnxRuntimeScript;
extern const char* const kTorchScriptScript;

}  // namespace cxrnet::app
