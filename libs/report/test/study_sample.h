// A whole study made up by hand, and a folder with its pictures, for the tests of figures and page.
#pragma once

#include <opencv2/core.hpp>

#include "cxrnet/core/files.h"
#include "cxrnet/imaging/encode.h"
#include "study/json.h"
#include "temporary_folder.h"

namespace cxrnet::report {

/// test/data/study.json: every section filled, six methods, three of the pictures of each kind.
inline Json sample_study() {
  return Json::parse(read_file(std::filesystem::path(CXRNET_TEST_DATA) / "study.json"));
}

/// Writes a small PNG for every picture that the study names; returns how many.
inline int write_pictures(const Json& node, const std::filesystem::path& folder) {
  if (node.is_string()) {
    const auto name = node.get<std::string>();
    if (!name.starts_with("pictures/")) return 0;
    std::filesystem::create_directories(folder / "pictures");
    const cv::Mat image(6, 8, CV_8UC1, cv::Scalar(90));
    write_file_atomically(folder / name, imaging::encode_png(image));
    return 1;
  }
  int written = 0;
  if (node.is_structured()) {
    for (const auto& child : node) written += write_pictures(child, folder);
  }
  return written;
}

}  // namespace cxrnet::report
