#include "run/stage_record.h"

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"

namespace cxrnet::study {
namespace {

constexpr const char* kSchema = "cxrnet.stage/1";
constexpr const char* kFileName = "stage.json";

}  // namespace

std::optional<StageRecord> read_stage_record(const std::filesystem::path& stage_folder) {
  const auto path = stage_folder / kFileName;
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure)) return std::nullopt;
  const auto document = nlohmann::json::parse(read_file(path), nullptr, /*allow_exceptions=*/false);
  try {
    if (document.at("schema") != kSchema) return std::nullopt;
    return StageRecord{.fingerprint = document.at("fingerprint"),
                       .state = document.at("state"),
                       .seconds = document.at("seconds"),
                       .reason = document.at("reason"),
                       .result = document.at("result")};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

void write_stage_record(const std::filesystem::path& stage_folder, const StageRecord& record) {
  const nlohmann::json document{{"schema", kSchema},       {"fingerprint", record.fingerprint},
                                {"state", record.state},   {"seconds", record.seconds},
                                {"reason", record.reason}, {"result", record.result}};
  write_file_atomically(stage_folder / kFileName, document.dump(1) + "\n");
}

}  // namespace cxrnet::study
