#include "dicom/fragments.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include <string_view>

#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

DcmPixelSequence* fragments_of(DcmDataset& data_set) {
  DcmElement* element = nullptr;
  if (data_set.findAndGetElement(DCM_PixelData, element).bad()) return nullptr;
  auto* pixel_data = dynamic_cast<DcmPixelData*>(element);
  if (pixel_data == nullptr) return nullptr;
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  pixel_data->getOriginalRepresentationKey(syntax, parameter);
  DcmPixelSequence* sequence = nullptr;
  if (pixel_data->getEncapsulatedRepresentation(syntax, parameter, sequence).bad()) return nullptr;
  return sequence;
}

std::string_view bytes_of(DcmPixelSequence& sequence, unsigned long position) {
  DcmPixelItem* fragment = nullptr;
  Uint8* bytes = nullptr;
  if (sequence.getItem(fragment, position).bad() || fragment->getUint8Array(bytes).bad() ||
      bytes == nullptr) {
    return {};
  }
  return {reinterpret_cast<const char*>(bytes), fragment->getLength()};
}

bool begins_codestream(std::string_view fragment) {
  constexpr std::string_view kJpeg = "\xFF\xD8\xFF", kJpeg2000 = "\xFF\x4F\xFF\x51";
  return fragment.starts_with(kJpeg) || fragment.starts_with(kJpeg2000);
}

[[noreturn]] void throw_frames() {
  throw Error(ErrorCode::multi_frame,
              "DICOM image: expected one frame, got several in its compressed pixels; send the "
              "frontal view as an image of its own");
}

}  // namespace

std::string only_frame(DcmDataset& data_set, bool one_fragment) {
  DcmPixelSequence* sequence = fragments_of(data_set);
  if (sequence == nullptr || sequence->card() == 0) return {};
  if (bytes_of(*sequence, 0).size() > sizeof(uint32_t)) throw_frames();  // an offset for each frame
  if (one_fragment && sequence->card() > 2) throw_frames();
  std::string codestream;
  int codestreams = 0;
  for (unsigned long i = 1; i < sequence->card(); ++i) {
    const std::string_view fragment = bytes_of(*sequence, i);
    codestreams += begins_codestream(fragment) ? 1 : 0;
    codestream.append(fragment);
  }
  if (codestreams > 1) throw_frames();
  return codestream;
}

}  // namespace cxrnet::imaging
