#include "dicom/fragments.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

namespace cxrnet::imaging {

std::string joined_fragments(DcmDataset& dataset) {
  DcmElement* element = nullptr;
  if (dataset.findAndGetElement(DCM_PixelData, element).bad()) return {};
  auto* pixel_data = OFstatic_cast(DcmPixelData*, element);
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  pixel_data->getOriginalRepresentationKey(syntax, parameter);
  DcmPixelSequence* sequence = nullptr;
  if (pixel_data->getEncapsulatedRepresentation(syntax, parameter, sequence).bad()) return {};
  std::string codestream;
  for (unsigned long i = 1; i < sequence->card(); ++i) {
    DcmPixelItem* fragment = nullptr;
    Uint8* bytes = nullptr;
    if (sequence->getItem(fragment, i).bad() || fragment->getUint8Array(bytes).bad()) continue;
    if (bytes != nullptr)
      codestream.append(reinterpret_cast<const char*>(bytes), fragment->getLength());
  }
  return codestream;
}

}  // namespace cxrnet::imaging
