#include "dicom/admission.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <dcmtk/dcmdata/dcuid.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "cxrnet/core/error.h"
#include "dicom/body_part.h"
#include "dicom/view.h"
#include "dicom/words.h"

namespace cxrnet::imaging {
namespace {

template <class Value, class Values>
bool occurs_in(const Value& value, const Values& values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// CR and DX (PS3.3 C.7.3.1.1.1), and what consoles write in their place: DR, and RG, the standard's
// own "radiographic imaging" for film and all the rest.
constexpr std::array<std::string_view, 4> kModalities{"CR", "DX", "DR", "RG"};

constexpr std::array<std::string_view, 3> kRadiographClasses{
    UID_ComputedRadiographyImageStorage, UID_DigitalXRayImageStorageForPresentation,
    UID_DigitalXRayImageStorageForProcessing};

constexpr std::array<std::string_view, 4> kSecondaryCaptureClasses{
    UID_SecondaryCaptureImageStorage, UID_MultiframeGrayscaleByteSecondaryCaptureImageStorage,
    UID_MultiframeGrayscaleWordSecondaryCaptureImageStorage,
    UID_MultiframeTrueColorSecondaryCaptureImageStorage};

bool has_word(DcmDataset& data_set, const DcmTagKey& tag, std::string_view word) {
  return occurs_in(word, words_of(all_text_of(data_set, tag)));
}

// Secondary captures pass only with a radiograph's modality; a radiograph's own class also without
// one.
void require_radiograph(DcmDataset& data_set) {
  const auto modality = words_of(text_of(data_set, DCM_Modality));
  const std::string sop_class = text_of(data_set, DCM_SOPClassUID);
  const bool class_passes = sop_class.empty() || occurs_in(sop_class, kRadiographClasses) ||
                            occurs_in(sop_class, kSecondaryCaptureClasses);
  const bool modality_passes =
      modality.empty() ? occurs_in(sop_class, kRadiographClasses)
                       : modality.size() == 1 && occurs_in(modality.front(), kModalities);
  if (class_passes && modality_passes && !has_word(data_set, DCM_ImageType, "LOCALIZER")) return;
  throw Error(ErrorCode::wrong_modality,
              "DICOM modality: expected a CR or DX image (or DR, RG), got another object; send the "
              "radiograph itself");
}

void require_single_frame(DcmDataset& data_set) {
  Sint32 frames = 1;
  if (data_set.findAndGetSint32(DCM_NumberOfFrames, frames).bad() || frames <= 1) return;
  throw Error(ErrorCode::multi_frame, "DICOM image: expected one frame, got " +
                                          std::to_string(frames) +
                                          "; send the frontal view as an image of its own");
}

DcmItem* first_item(DcmDataset& data_set, const DcmTagKey& sequence) {
  DcmItem* item = nullptr;
  return data_set.findAndGetSequenceItem(sequence, item, 0).good() ? item : nullptr;
}

View coded_view(DcmDataset& data_set) {
  DcmItem* view = first_item(data_set, DCM_ViewCodeSequence);
  if (view == nullptr) return View::unknown;
  const View by_code = view_by_code(text_of(*view, DCM_CodeValue));
  return by_code != View::unknown ? by_code : view_in_words(all_text_of(*view, DCM_CodeMeaning));
}

Orientation patient_orientation(DcmDataset& data_set) {
  OFString row, column;
  data_set.findAndGetOFString(DCM_PatientOrientation, row, 0);
  data_set.findAndGetOFString(DCM_PatientOrientation, column, 1);
  return orientation_of(row.c_str(), column.c_str());
}

// What was typed or configured for the series as a whole: a hint, and no more.
const std::array kSeriesTexts{DCM_SeriesDescription, DCM_ProtocolName,
                              DCM_AcquisitionDeviceProcessingDescription};

View view_of_series(DcmDataset& data_set) {
  for (const DcmTagKey& tag : kSeriesTexts) {
    const View view = view_in_words(all_text_of(data_set, tag));
    if (view == View::lateral || view == View::oblique) return view;
  }
  return View::unknown;
}

// View Position and View Code Sequence name the view: one that says lateral is enough. Patient
// Orientation says it where they are silent. All else is a doubt: where they contradict each other,
// oblique views, protocols of two views, and the words of the series where nothing else is said.
void judge_view(DcmDataset& data_set, std::vector<Doubt>& doubts) {
  const View position = view_in_words(all_text_of(data_set, DCM_ViewPosition));
  const View code = coded_view(data_set);
  const Orientation orientation = patient_orientation(data_set);
  const bool is_named_frontal = position == View::frontal || code == View::frontal;
  if (position == View::lateral || code == View::lateral ||
      (orientation.view == View::lateral && !is_named_frontal)) {
    throw Error(ErrorCode::lateral_view,
                "DICOM view: expected a frontal chest X-ray, got one marked lateral; send the "
                "frontal view");
  }
  const std::array views{position, code, orientation.view};
  const bool is_doubtful = std::any_of(views.begin(), views.end(), [](View view) {
    return view == View::lateral || view == View::oblique || view == View::several;
  });
  if (is_doubtful || (!is_named_frontal && view_of_series(data_set) != View::unknown))
    doubts.push_back(Doubt::view);
  if (!orientation.is_usual) doubts.push_back(Doubt::orientation);
}

BodyPart coded_region(DcmDataset& data_set) {
  DcmItem* region = first_item(data_set, DCM_AnatomicRegionSequence);
  if (region == nullptr) return BodyPart::unknown;
  const BodyPart by_code = body_part_by_code(text_of(*region, DCM_CodeValue));
  if (by_code != BodyPart::unknown) return by_code;
  return body_part_in_words(all_text_of(*region, DCM_CodeMeaning));
}

// Chest, where any description says so; other, where one does and none says chest.
BodyPart described_part(DcmDataset& data_set) {
  BodyPart found = BodyPart::unknown;
  for (const DcmTagKey& tag : {DCM_SeriesDescription, DCM_ProtocolName, DCM_StudyDescription,
                               DCM_AcquisitionDeviceProcessingDescription}) {
    const BodyPart part = body_part_in_words(all_text_of(data_set, tag));
    if (part == BodyPart::chest) return part;
    if (part == BodyPart::other) found = part;
  }
  return found;
}

// Body Part Examined is often what a console was last used for; another part is refused where
// nothing else in the file says chest.
void judge_body_part(DcmDataset& data_set, std::vector<Doubt>& doubts) {
  const std::array named{body_part_in_words(all_text_of(data_set, DCM_BodyPartExamined)),
                         coded_region(data_set)};
  const BodyPart described = described_part(data_set);
  const bool says_chest = occurs_in(BodyPart::chest, named);
  const bool says_other = occurs_in(BodyPart::other, named);
  if (says_other && !says_chest && described != BodyPart::chest) {
    throw Error(
        ErrorCode::not_chest,
        "DICOM body part: expected the chest, got an X-ray marked as another part; send the "
        "chest X-ray");
  }
  const bool is_doubtful = occurs_in(BodyPart::doubtful, named) && !says_chest;
  const bool is_hinted = !says_chest && described == BodyPart::other;
  if (says_other || is_doubtful || is_hinted) doubts.push_back(Doubt::body_part);
}

void judge_processing(DcmDataset& data_set, std::vector<Doubt>& doubts) {
  const std::string sop_class = text_of(data_set, DCM_SOPClassUID);
  if (sop_class == UID_DigitalXRayImageStorageForProcessing ||
      has_word(data_set, DCM_PresentationIntentType, "PROCESSING")) {
    doubts.push_back(Doubt::for_processing);
  }
  if (occurs_in(sop_class, kSecondaryCaptureClasses) ||
      has_word(data_set, DCM_ImageType, "SECONDARY")) {
    doubts.push_back(Doubt::secondary);
  }
}

// Encrypted attributes beside readable pixels only hide who the patient is (PS3.15 annex E); they
// are no obstacle.
void require_pixels(DcmDataset& data_set) {
  if (data_set.tagExistsWithValue(DCM_PixelData)) return;
  if (data_set.tagExists(DCM_EncryptedAttributesSequence)) {
    throw Error(
        ErrorCode::encrypted,
        "DICOM image: expected readable pixels, got encrypted attributes; decrypt it first");
  }
  throw Error(ErrorCode::no_pixels,
              "DICOM object: expected an image, got one without pixel data; send the image itself");
}

}  // namespace

std::vector<Doubt> admit_radiograph(DcmDataset& data_set) {
  std::vector<Doubt> doubts;
  require_radiograph(data_set);
  require_single_frame(data_set);
  judge_view(data_set, doubts);
  judge_body_part(data_set, doubts);
  judge_processing(data_set, doubts);
  require_pixels(data_set);
  return doubts;
}

}  // namespace cxrnet::imaging
