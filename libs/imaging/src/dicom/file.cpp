#include "dicom/file.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <mutex>

#include "bounds/image_limits.h"
#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

// Decoders stay registered until the process ends: another thread may still use them.
void prepare_dcmtk() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::getLogger("dcmtk").setLogLevel(OFLogger::OFF_LOG_LEVEL);
    DcmRLEDecoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
  });
}

// The bytes as a stream that can be opened again at any place. With it DCMTK leaves long values
// where they are until they are asked for; from a plain buffer stream it takes memory for whatever
// length a damaged file states. (Deflated data sets still do that; the memory is given back,
// untouched, when the bytes end too soon.)
class MemoryStream : public DcmInputStream {
 public:
  MemoryStream(std::string_view bytes, std::size_t start)
      : DcmInputStream(&producer_), bytes_(bytes) {
    producer_.setBuffer(bytes.data() + start, static_cast<offile_off_t>(bytes.size() - start));
    producer_.setEos();
  }
  DcmInputStreamFactory* newFactory() const override;

 private:
  DcmBufferProducer producer_;
  std::string_view bytes_;
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
  const bool is_inflating = currentProducer() != &producer_;
  return is_inflating ? nullptr : new MemoryStreamFactory(bytes_, static_cast<std::size_t>(tell()));
}

void require_known_transfer_syntax(DcmFileFormat& file) {
  const std::string uid = text_of(*file.getMetaInfo(), DCM_TransferSyntaxUID);
  if (uid.empty() || DcmXfer(uid.c_str()).getXfer() != EXS_Unknown) return;
  throw Error(ErrorCode::unsupported_transfer_syntax,
              "DICOM pixel encoding: expected a standard transfer syntax, got an unknown one; have "
              "the sender convert "
              "it to Explicit VR Little Endian");
}

}  // namespace

std::unique_ptr<DcmFileFormat> open_dicom(std::string_view bytes) {
  prepare_dcmtk();
  MemoryStream stream(bytes, 0);
  auto file = std::make_unique<DcmFileFormat>();
  file->transferInit();
  const OFCondition status = file->read(stream, EXS_Unknown, EGL_noChange);
  file->transferEnd();
  require_known_transfer_syntax(*file);
  if (status.bad())
    throw_corrupt("DICOM file", "a complete data set", "an early end or a broken element");
  return file;
}

std::string text_of(DcmItem& item, const DcmTagKey& tag) {
  OFString value;
  if (item.findAndGetOFString(tag, value).bad()) return {};
  const std::string text(value.c_str());
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace cxrnet::imaging
