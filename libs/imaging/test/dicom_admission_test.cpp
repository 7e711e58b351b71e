// Which radiographs are read, which are read with a doubt, and which are refused.
#include <algorithm>
#include <string>
#include <utility>

#include <dcmtk/dcmdata/dcuid.h>

#include "cxrnet/imaging/dicom.h"
#include "dicom_files.h"
#include "error_matchers.h"

namespace cxrnet::imaging {
namespace {

using Texts = std::vector<std::pair<DcmTagKey, const char*>>;

// A DX image without View Position but for these attributes.
std::string radiograph_with(const Texts& texts) {
  return edited(dicom_file("twelve_bit_linear"), [&](DcmFileFormat& file) {
    file.getDataset()->findAndDeleteElement(DCM_ViewPosition);
    for (const auto& [tag, value] : texts) {
      DcmItem* item = file.getDataset();
      if (tag == DCM_ViewCodeSequence || tag == DCM_AnatomicRegionSequence) {
        file.getDataset()->findOrCreateSequenceItem(tag, item);
        const bool is_code = std::string(value).find_first_of("0123456789") != std::string::npos;
        item->putAndInsertString(is_code ? DCM_CodeValue : DCM_CodeMeaning, value);
      } else {
        item->putAndInsertString(tag, value);
      }
    }
  });
}

struct Judged {
  const char* name;
  Texts texts;
  std::optional<ErrorCode> refusal = {};
  std::vector<Doubt> doubts = {};
};

constexpr auto kLateral = ErrorCode::lateral_view;
constexpr auto kNotChest = ErrorCode::not_chest;
constexpr auto kWrong = ErrorCode::wrong_modality;
const std::vector<Doubt> kDoubtfulView{Doubt::view};
const std::vector<Doubt> kDoubtfulPart{Doubt::body_part};
const std::vector<Doubt> kOrientation{Doubt::orientation};

const Judged kJudged[] = {
    {"nothing_said", {}},
    // Modality and class.
    {"dr", {{DCM_Modality, "DR"}}},
    {"dr_for_processing",
     {{DCM_Modality, "DR"}, {DCM_SOPClassUID, UID_DigitalXRayImageStorageForProcessing}},
     {},
     {Doubt::for_processing}},
    {"dr_with_cr_class",
     {{DCM_Modality, "DR"}, {DCM_SOPClassUID, UID_ComputedRadiographyImageStorage}}},
    {"cr_with_dx_class", {{DCM_Modality, "CR"}}},
    {"dx_with_cr_class", {{DCM_SOPClassUID, UID_ComputedRadiographyImageStorage}}},
    {"rg_with_cr_class",
     {{DCM_Modality, "RG"}, {DCM_SOPClassUID, UID_ComputedRadiographyImageStorage}}},
    {"rg_with_dx_class", {{DCM_Modality, "RG"}}},
    {"lower_case_modality", {{DCM_Modality, "dx"}}},
    {"secondary_capture_of_dr",
     {{DCM_Modality, "DR"}, {DCM_SOPClassUID, UID_SecondaryCaptureImageStorage}},
     {},
     {Doubt::secondary}},
    {"secondary_by_image_type", {{DCM_ImageType, "DERIVED\\SECONDARY"}}, {}, {Doubt::secondary}},
    {"derived_primary", {{DCM_ImageType, "DERIVED\\PRIMARY\\POST_PROCESSED"}}},
    {"localizer", {{DCM_ImageType, "ORIGINAL\\PRIMARY\\LOCALIZER"}}, kWrong},
    {"ct", {{DCM_Modality, "CT"}}, kWrong},
    {"mammography", {{DCM_Modality, "MG"}}, kWrong},
    {"fluoroscopy", {{DCM_Modality, "RF"}}, kWrong},
    {"angiography", {{DCM_SOPClassUID, UID_XRayAngiographicImageStorage}}, kWrong},
    {"rt_image", {{DCM_Modality, "RTIMAGE"}}, kWrong},
    {"for_processing_intent",
     {{DCM_PresentationIntentType, "FOR PROCESSING"}},
     {},
     {Doubt::for_processing}},
    {"for_presentation_intent", {{DCM_PresentationIntentType, "FOR PRESENTATION"}}},
    // View Position.
    {"pa", {{DCM_ViewPosition, "PA"}}},
    {"ap_lower_case", {{DCM_ViewPosition, "ap"}}},
    {"ap_supine", {{DCM_ViewPosition, "AP SUPINE"}}},
    {"ap_flat", {{DCM_ViewPosition, "AP FLAT"}}},
    {"lld", {{DCM_ViewPosition, "LLD"}}},
    {"left_lateral_decubitus", {{DCM_ViewPosition, "LEFT LATERAL DECUBITUS"}}},
    {"lat_decub", {{DCM_ViewPosition, "L LAT DECUB"}}},
    {"ll", {{DCM_ViewPosition, "LL"}}, kLateral},
    {"rl", {{DCM_ViewPosition, "RL"}}, kLateral},
    {"llo", {{DCM_ViewPosition, "LLO"}}, kLateral},
    {"lateral", {{DCM_ViewPosition, "LATERAL"}}, kLateral},
    {"lat_lower_case", {{DCM_ViewPosition, "lat"}}, kLateral},
    {"lateral_capitalised", {{DCM_ViewPosition, "Lateral"}}, kLateral},
    {"l_lat", {{DCM_ViewPosition, "L LAT"}}, kLateral},
    {"l_dot_lat_dot", {{DCM_ViewPosition, "L.LAT."}}, kLateral},
    {"lt_lateral", {{DCM_ViewPosition, "LT LATERAL"}}, kLateral},
    {"rt_underscore_lat", {{DCM_ViewPosition, "RT_LAT"}}, kLateral},
    {"llat", {{DCM_ViewPosition, "LLAT"}}, kLateral},
    {"rtlat", {{DCM_ViewPosition, "RTLAT"}}, kLateral},
    {"lat_left", {{DCM_ViewPosition, "LAT LEFT"}}, kLateral},
    {"cross_table", {{DCM_ViewPosition, "XTABLE LATERAL"}}, kLateral},
    {"laterale", {{DCM_ViewPosition, "LATERALE"}}, kLateral},
    {"profil", {{DCM_ViewPosition, "PROFIL"}}, kLateral},
    {"lateral_oblique", {{DCM_ViewPosition, "LATERAL OBLIQUE"}}, kLateral},
    {"bilateral", {{DCM_ViewPosition, "AP BILATERAL"}}},
    {"pa_and_lat", {{DCM_ViewPosition, "PA/LAT"}}, {}, kDoubtfulView},
    {"rao", {{DCM_ViewPosition, "RAO"}}, {}, kDoubtfulView},
    {"oblique", {{DCM_ViewPosition, "LEFT OBLIQUE"}}, {}, kDoubtfulView},
    // View codes (PS3.16 CID 4010).
    {"code_pa", {{DCM_ViewCodeSequence, "272479007"}}},
    {"code_ap_snomed_rt", {{DCM_ViewCodeSequence, "R-10206"}}},
    {"code_lateral", {{DCM_ViewCodeSequence, "399067008"}}, kLateral},
    {"code_left_lateral", {{DCM_ViewCodeSequence, "399173006"}}, kLateral},
    {"code_right_lateral_snomed_rt", {{DCM_ViewCodeSequence, "R-10232"}}, kLateral},
    {"code_oblique", {{DCM_ViewCodeSequence, "R-10212"}}, {}, kDoubtfulView},
    {"meaning_lateral", {{DCM_ViewCodeSequence, "left lateral"}}, kLateral},
    {"meaning_pa", {{DCM_ViewCodeSequence, "postero-anterior"}}},
    {"meaning_pa_oblique", {{DCM_ViewCodeSequence, "postero-anterior oblique"}}, {}, kDoubtfulView},
    {"private_code_with_meaning",
     {{DCM_ViewCodeSequence, "XR-77"}, {DCM_ViewCodeSequence, "Lateral projection"}},
     kLateral},
    {"code_lateral_position_pa",
     {{DCM_ViewPosition, "PA"}, {DCM_ViewCodeSequence, "399067008"}},
     kLateral},
    // Patient Orientation.
    {"orientation_usual", {{DCM_PatientOrientation, "L\\F"}}},
    {"orientation_a_f", {{DCM_PatientOrientation, "A\\F"}}, kLateral},
    {"orientation_p_f", {{DCM_PatientOrientation, "P\\F"}}, kLateral},
    {"orientation_p_f_lower_case", {{DCM_PatientOrientation, "p\\f"}}, kLateral},
    {"orientation_al_f", {{DCM_PatientOrientation, "AL\\F"}}, kLateral},
    {"orientation_turned_lateral", {{DCM_PatientOrientation, "F\\A"}}, kLateral},
    {"orientation_la_f", {{DCM_PatientOrientation, "LA\\F"}}, {}, kDoubtfulView},
    {"orientation_mirrored", {{DCM_PatientOrientation, "R\\F"}}, {}, kOrientation},
    {"orientation_upside_down", {{DCM_PatientOrientation, "R\\H"}}, {}, kOrientation},
    {"orientation_on_its_side", {{DCM_PatientOrientation, "F\\R"}}, {}, kOrientation},
    {"orientation_of_one_value", {{DCM_PatientOrientation, "A"}}},
    {"orientation_contradicts_position",
     {{DCM_PatientOrientation, "A\\F"}, {DCM_ViewPosition, "PA"}},
     {},
     kDoubtfulView},
    {"position_lateral_orientation_usual",
     {{DCM_PatientOrientation, "L\\F"}, {DCM_ViewPosition, "LL"}},
     kLateral},
    // Words of the series.
    {"series_lateral", {{DCM_SeriesDescription, "Chest lat."}}, {}, kDoubtfulView},
    {"series_pa_and_lateral", {{DCM_SeriesDescription, "Chest PA and lateral"}}},
    {"series_lateral_position_pa",
     {{DCM_SeriesDescription, "Chest lateral"}, {DCM_ViewPosition, "PA"}}},
    {"processing_lateral",
     {{DCM_AcquisitionDeviceProcessingDescription, "CHEST,LAT"}},
     {},
     kDoubtfulView},
    // Body part.
    {"chest", {{DCM_BodyPartExamined, "CHEST"}}},
    {"chest_capitalised", {{DCM_BodyPartExamined, "Chest AP"}}},
    {"thorax", {{DCM_BodyPartExamined, "THORAX"}}},
    {"lung", {{DCM_BodyPartExamined, "LUNG"}}},
    {"hand", {{DCM_BodyPartExamined, "HAND"}}, kNotChest},
    {"knee_of_a_side", {{DCM_BodyPartExamined, "LKNEE"}}, kNotChest},
    {"abdomen", {{DCM_BodyPartExamined, "ABDOMEN"}}, kNotChest},
    {"skull_lower_case", {{DCM_BodyPartExamined, "skull"}}, kNotChest},
    {"lumbar_spine", {{DCM_BodyPartExamined, "LSPINE"}}, kNotChest},
    {"lumbar_spine_in_two_words", {{DCM_BodyPartExamined, "L-SPINE"}}, kNotChest},
    {"lumbar_spine_behind", {{DCM_BodyPartExamined, "SPINE LUMBAR"}}, kNotChest},
    {"cervical_spine_in_two_words", {{DCM_BodyPartExamined, "C SPINE"}}, kNotChest},
    {"region_lumbar_spine", {{DCM_AnatomicRegionSequence, "Lumbar spine"}}, kNotChest},
    {"spine", {{DCM_BodyPartExamined, "SPINE"}}, {}, kDoubtfulPart},
    {"thoracic_and_lumbar_spine", {{DCM_BodyPartExamined, "T L SPINE"}}, {}, kDoubtfulPart},
    {"ribs", {{DCM_BodyPartExamined, "RIBS"}}, {}, kDoubtfulPart},
    {"thoracic_spine", {{DCM_BodyPartExamined, "TSPINE"}}, {}, kDoubtfulPart},
    {"shoulder", {{DCM_BodyPartExamined, "SHOULDER"}}, {}, kDoubtfulPart},
    {"chest_and_abdomen", {{DCM_BodyPartExamined, "CHESTABDOMEN"}}, {}, kDoubtfulPart},
    {"neck_and_chest", {{DCM_BodyPartExamined, "NECKCHEST"}}, {}, kDoubtfulPart},
    {"unknown_part", {{DCM_BodyPartExamined, "XYZ"}}, {}, kDoubtfulPart},
    {"region_chest", {{DCM_AnatomicRegionSequence, "51185008"}}},
    {"region_chest_snomed_rt", {{DCM_AnatomicRegionSequence, "T-D3000"}}},
    {"region_chest_in_words", {{DCM_AnatomicRegionSequence, "Chest"}}},
    {"region_foot", {{DCM_AnatomicRegionSequence, "Foot"}}, kNotChest},
    {"part_hand_region_chest",
     {{DCM_BodyPartExamined, "HAND"}, {DCM_AnatomicRegionSequence, "51185008"}},
     {},
     kDoubtfulPart},
    {"part_hand_series_chest",
     {{DCM_BodyPartExamined, "HAND"}, {DCM_SeriesDescription, "Chest PA"}},
     {},
     kDoubtfulPart},
    {"series_knee", {{DCM_SeriesDescription, "Knee AP"}}, {}, kDoubtfulPart},
    {"series_knee_part_chest",
     {{DCM_SeriesDescription, "Knee AP"}, {DCM_BodyPartExamined, "CHEST"}}},
};

class JudgedDicom : public testing::TestWithParam<Judged> {};

TEST_P(JudgedDicom, IsReadDoubtedOrRefused) {
  const std::string bytes = radiograph_with(GetParam().texts);
  GreyImage image;
  const Caught result = caught([&] { image = decode_image(bytes); });
  EXPECT_EQ(result.code, GetParam().refusal) << result.message;
  EXPECT_EQ(image.doubts, GetParam().doubts);
  if (!result.code) {
    EXPECT_TRUE(images_agree(image.pixels, read_pgm("dicom/twelve_bit_linear.pgm"), 1));
  }
}

INSTANTIATE_TEST_SUITE_P(Attributes, JudgedDicom, testing::ValuesIn(kJudged),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace cxrnet::imaging
