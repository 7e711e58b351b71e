#include "cxrnet/pipeline/preparation.h"

namespace cxrnet::pipeline {

nlohmann::json describe_preparation(const PreparationOptions& options, std::size_t manifest_rows,
                                    const std::string& program) {
  return {{"preprocessing", options_to_json(options.preprocessing)},
          {"provenance",
           {{"program", program},
            {"manifest_rows", manifest_rows},
            {"masks", std::string(to_string(options.masks))},
            {"jpeg_quality", options.jpeg_quality}}}};
}

}  // namespace cxrnet::pipeline
