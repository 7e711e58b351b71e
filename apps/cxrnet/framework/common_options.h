// Options that mean the same in every verb that has them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/field_rows.h"

namespace cxrnet::app {

struct CommonOptions {
  bool quiet = false;
  int64_t threads = 0;
  int64_t seed = 0;
  bool json = false;
  std::string out;
  bool overwrite = false;
  std::string config;

  template <class Self, class Visitor>
  static void visit_fields(Self& self, Visitor&& visit) {
    visit(self.out, Field{"out", "where results go", {}, Aspect::running, /*saved=*/false});
    visit(self.overwrite,
          Field{"overwrite",
                "also replace files that cxrnet did not write or that were changed since; never "
                "the inputs",
                {},
                Aspect::running,
                /*saved=*/false});
    visit(self.json,
          Field{"json", "print the result as JSON on standard output", {}, Aspect::running});
    visit(self.seed, Field{"seed",
                           "seed of everything random: the same seed, device and number of threads "
                           "give the same result",
                           {.minimum = 0}});
    visit(self.threads,
          Field{"threads",
                "CPU threads; 0 is every core that this process may use, for training "
                "those that other programs leave",
                {.minimum = 0, .maximum = 4096},
                Aspect::running});
    visit(
        self.quiet,
        Field{
            "quiet", "no messages and no progress; warnings and errors stay", {}, Aspect::running});
    visit(self.config, Field{"config",
                             "TOML file with option values; the command line wins over it",
                             {},
                             Aspect::running,
                             /*saved=*/false});
  }
};

/// Which of them a verb has; --quiet and --config belong to all.
struct CommonUse {
  bool json = false;
  bool seed = false;  ///< leave false where the verb's own options have a field "seed"
  bool threads = false;
  std::string out = "";  ///< help of --out; empty: the verb has no --out
  bool out_required = false;
  bool overwrite = false;  ///< it writes by OutputFolder or OutputFile
};

/// The rows of the common options that are in use.
std::vector<FieldRow> common_rows(const CommonUse& use);

}  // namespace cxrnet::app
