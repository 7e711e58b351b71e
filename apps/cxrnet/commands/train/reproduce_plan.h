// What `reproduce --dry-run` prints: stages with estimates, and how each really trains.
#pragma once

#include <string>
#include <vector>

#include "cxrnet/study/study.h"
#include "framework/command.h"

namespace cxrnet::app {

/// 90 as "2 min", 5400 as "1.5 h".
std::string format_duration(double seconds);

/// As tables, or as cxrnet.reproduce/1 under --json: `plan` with `training`
/// (study::describe_training) of each stage that trains.
void print_plan(const std::vector<study::StageStatus>& stages, const study::StudyOptions& options,
                Context& context);

}  // namespace cxrnet::app
