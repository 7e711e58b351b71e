// DICOM files for tests: committed ones, edits of them by DCMTK, and files built element by
// element.
#pragma once

#include <dcmtk/config/osconfig.h>
// After osconfig.h.
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "test_images.h"

namespace cxrnet::imaging {

inline std::string dicom_file(const std::string& name) {
  return test_file("dicom/" + name + ".dcm");
}
inline std::string codec_file(const std::string& name) {
  return test_file("dicom_codec/" + name + ".dcm");
}

/// The file's bytes after an edit of its data set; compressed pixels stay as they are.
inline std::string edited(const std::string& bytes,
                          const std::function<void(DcmFileFormat&)>& edit) {
  DcmInputBufferStream input;
  input.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  input.setEos();
  DcmFileFormat file;
  file.transferInit();
  EXPECT_TRUE(file.read(input).good());
  file.transferEnd();
  file.loadAllDataIntoMemory();
  edit(file);
  const DcmXfer syntax(file.getDataset()->getOriginalXfer());
  std::string result(1 << 17, '\0');
  DcmOutputBufferStream output(result.data(), static_cast<offile_off_t>(result.size()));
  file.transferInit();
  EXPECT_TRUE(file.write(output,
                         syntax.isEncapsulated() ? syntax.getXfer() : EXS_LittleEndianExplicit,
                         EET_UndefinedLength, nullptr)
                  .good());
  file.transferEnd();
  void* buffer = nullptr;
  offile_off_t length = 0;
  output.flushBuffer(buffer, length);
  return {static_cast<const char*>(buffer), static_cast<std::size_t>(length)};
}

inline std::string file_with_text(const std::string& bytes, const DcmTagKey& tag,
                                  const char* value) {
  return edited(bytes,
                [&](DcmFileFormat& file) { file.getDataset()->putAndInsertString(tag, value); });
}

inline std::string file_with_number(const std::string& bytes, const DcmTagKey& tag, int value) {
  return edited(bytes, [&](DcmFileFormat& file) {
    file.getDataset()->putAndInsertUint16(tag, static_cast<Uint16>(value));
  });
}

inline std::string file_without(const std::string& bytes, const DcmTagKey& tag) {
  return edited(bytes, [&](DcmFileFormat& file) { file.getDataset()->findAndDeleteElement(tag); });
}

}  // namespace cxrnet::imaging
