#include "dicom/admission.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <dcmtk/dcmdata/dcuid.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "cxrnet/core/error.h"

namespace cxrnet::imaging {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view value, const std::array<std::string_view, N>& values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

constexpr std::array<std::string_view, 2> kModalities{"CR", "DX"};

constexpr std::array<std::string_view, 3> kRadiographClasses{
    UID_ComputedRadiographyImageStorage, UID_DigitalXRayImageStorageForPresentation,
    UID_DigitalXRayImageStorageForProcessing};

constexpr std::array<std::string_view, 3> kSecondaryCaptureClasses{
    UID_SecondaryCaptureImageStorage, UID_MultiframeGrayscaleByteSecondaryCaptureImageStorage,
    UID_MultiframeGrayscaleWordSecondaryCaptureImageStorage};

// Defined terms of View Position (PS3.3 C.8.1.1, C.8.11.5) and what is found in its place.
constexpr std::array<std::string_view, 8> kLateralPositions{
    "LL", "RL", "LLO", "RLO", "LAT", "LATERAL", "LEFT LATERAL", "RIGHT LATERAL"};

// PS3.16 CID 4010: lateral, left, right and oblique lateral in SNOMED CT and in the older SNOMED
// RT.
constexpr std::array<std::string_view, 7> kLateralCodes{
    "399067008", "399173006", "399198007", "260427002", "R-102CD", "R-10236", "R-10232"};

// Secondary captures pass only with the modality CR or DX; a radiograph's own class also without
// one.
void require_radiograph(DcmDataset& dataset) {
  const std::string modality = text_of(dataset, DCM_Modality);
  const std::string sop_class = text_of(dataset, DCM_SOPClassUID);
  const bool class_passes = sop_class.empty() || is_one_of(sop_class, kRadiographClasses) ||
                            is_one_of(sop_class, kSecondaryCaptureClasses);
  const bool modality_passes = is_one_of(modality, kModalities) ||
                               (modality.empty() && is_one_of(sop_class, kRadiographClasses));
  if (class_passes && modality_passes) return;
  throw Error(
      ErrorCode::wrong_modality,
      "DICOM modality: expected a CR or DX image, got another object; send the radiograph itself");
}

void require_single_frame(DcmDataset& dataset) {
  Sint32 frames = 1;
  if (dataset.findAndGetSint32(DCM_NumberOfFrames, frames).bad() || frames <= 1) return;
  throw Error(ErrorCode::multi_frame, "DICOM image: expected one frame, got " +
                                          std::to_string(frames) +
                                          "; send the frontal view as an image of its own");
}

std::string view_code(DcmDataset& dataset) {
  DcmItem* view = nullptr;
  if (dataset.findAndGetSequenceItem(DCM_ViewCodeSequence, view, 0).bad() || view == nullptr)
    return {};
  return text_of(*view, DCM_CodeValue);
}

void require_no_lateral_view(DcmDataset& dataset) {
  if (!is_one_of(text_of(dataset, DCM_ViewPosition), kLateralPositions) &&
      !is_one_of(view_code(dataset), kLateralCodes)) {
    return;
  }
  throw Error(
      ErrorCode::lateral_view,
      "DICOM view: expected a frontal chest X-ray, got one marked lateral; send the frontal view");
}

// Encrypted attributes beside readable pixels only hide who the patient is (PS3.15 annex E); they
// are no obstacle.
void require_pixels(DcmDataset& dataset) {
  if (dataset.tagExistsWithValue(DCM_PixelData)) return;
  if (dataset.tagExists(DCM_EncryptedAttributesSequence)) {
    throw Error(
        ErrorCode::encrypted,
        "DICOM image: expected readable pixels, got encrypted attributes; decrypt it first");
  }
  throw Error(ErrorCode::no_pixels,
              "DICOM object: expected an image, got one without pixel data; send the image itself");
}

}  // namespace

void require_frontal_radiograph(DcmDataset& dataset) {
  require_radiograph(dataset);
  require_single_frame(dataset);
  require_no_lateral_view(dataset);
  require_pixels(dataset);
}

}  // namespace cxrnet::imaging
