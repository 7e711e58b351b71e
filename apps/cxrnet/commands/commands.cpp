#include "commands/commands.h"

namespace cxrnet::app {

std::vector<Command> all_commands() {
  return {
#ifndef CXRNET_MINIMAL
      predict_command(),   explain_command(),    segment_command(), enhance_command(),
      phantom_command(),
#endif
      import_command(),    check_data_command(),
#ifndef CXRNET_MINIMAL
      prepare_command(),
#endif
      train_command(),
#ifndef CXRNET_MINIMAL
      evaluate_command(),  reproduce_command(),
#endif
#ifndef CXRNET_MINIMAL
      calibrate_command(), export_command(),     bench_command(),   card_command(),
#endif
      info_command(),      completion_command(), man_command(),
  };
}

}  // namespace cxrnet::app
