#include "dicom/file.h"

#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <mutex>

#include "bounds/image_limits.h"
#include "dicom/structure.h"

namespace cxrnet::imaging {
namespace {

// Decoders stay registered until the process ends: another thread may still use them.
void prepare_dcmtk() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::getLogger("dcmtk").setLogLevel(OFLogger::OFF_LOG_LEVEL);
    DJLSDecoderRegistration::registerCodecs();
  });
}

// The bytes as a stream that can be opened again at any place. With it DCMTK leaves long values
// where they are until they are asked for.
class MemoryStream : public DcmInputStream {
 public:
  MemoryStream(std::string_view bytes, std::size_t start)
      : DcmInputStream(&producer_), bytes_(bytes), start_(start) {
    producer_.setBuffer(bytes.data() + start, static_cast<offile_off_t>(bytes.size() - start));
    producer_.setEos();
  }
  DcmInputStreamFactory* newFactory() const override;

 private:
  DcmBufferProducer producer_;
  std::string_view bytes_;
  std::size_t start_;
};

class MemoryStreamFactory : public DcmInputStreamFactory {
 public:
  MemoryStreamFactory(std::string_view bytes, std::size_t start) : bytes_(bytes), start_(start) {}
  DcmInputStream* create() const override { return new MemoryStream(bytes_, start_); }
  DcmInputStreamFactory* clone() const override { return new MemoryStreamFactory(*this); }
  DcmInputStreamFactoryType ident() const override { return DFT_DcmInputFileStreamFactory; }

 private:
  std::string_view bytes_;
  std::size_t start_;
};

DcmInputStreamFactory* MemoryStream::newFactory() const {
  return new MemoryStreamFactory(bytes_, start_ + static_cast<std::size_t>(tell()));
}

std::string without_blanks(const OFString& value) {
  const std::string text(value.c_str());
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

std::unique_ptr<DicomFile> open_dicom(std::string_view bytes) {
  prepare_dcmtk();
  auto file = std::make_unique<DicomFile>();
  auto [start, syntax] = find_data_set(bytes);
  std::string_view data_set = bytes.substr(start);
  if (syntax == EXS_DeflatedLittleEndianExplicit) {
    file->inflated = inflated(data_set);
    data_set = file->inflated;
    syntax = EXS_LittleEndianExplicit;
  }
  file->pixel_syntax = syntax;
  syntax = element_syntax(data_set, syntax);
  data_set = data_set.substr(0, checked_length(data_set, syntax));
  MemoryStream stream(data_set, 0);
  file->data_set.transferInit();
  const OFCondition status = file->data_set.read(stream, syntax, EGL_noChange);
  file->data_set.transferEnd();
  if (status.bad() && !data_set.empty())
    throw_corrupt("DICOM file", "a complete data set", "an early end or a broken element");
  return file;
}

std::string text_of(DcmItem& item, const DcmTagKey& tag) {
  OFString value;
  return item.findAndGetOFString(tag, value).good() ? without_blanks(value) : std::string();
}

std::string all_text_of(DcmItem& item, const DcmTagKey& tag) {
  OFString values;
  return item.findAndGetOFStringArray(tag, values).good() ? without_blanks(values) : std::string();
}

}  // namespace cxrnet::imaging
