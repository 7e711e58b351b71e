#include "cxrnet/data/duplicates.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <new>

#include "cxrnet/core/files.h"
#include "cxrnet/core/random.h"
#include "cxrnet/data/leaks.h"
#include "expect_error.h"
#include "shared_data.h"
#include "temporary_folder.h"

namespace cxrnet::data {
namespace {

// A picture of soft blobs, another one for each seed; as bytes it is "WxH " and its pixels.
GreyPicture blobs(uint64_t seed, int64_t side = 160) {
  Random random(seed);
  std::vector<double> sum(static_cast<std::size_t>(side * side), 90.0);
  for (int blob = 0; blob < 120; ++blob) {
    const double x = random.uniform(), y = random.uniform(),
                 radius = 0.02 + 0.06 * random.uniform();
    const double height = 120.0 * random.uniform() - 60.0;
    for (int64_t row = 0; row < side; ++row) {
      for (int64_t column = 0; column < side; ++column) {
        const double dx = (static_cast<double>(column) + 0.5) / static_cast<double>(side) - x;
        const double dy = (static_cast<double>(row) + 0.5) / static_cast<double>(side) - y;
        sum[static_cast<std::size_t>(row * side + column)] +=
            height * std::exp(-(dx * dx + dy * dy) / (2 * radius * radius));
      }
    }
  }
  GreyPicture picture{side, side, {}};
  for (const double value : sum)
    picture.pixels.push_back(static_cast<uint8_t>(std::clamp(value, 0.0, 255.0)));
  return picture;
}

GreyPicture mapped(GreyPicture picture, const std::function<double(double)>& map) {
  for (auto& value : picture.pixels)
    value = static_cast<uint8_t>(std::clamp(std::round(map(value)), 0.0, 255.0));
  return picture;
}

// The part within margins, in pixels; negative ones pad with `fill`.
GreyPicture cut(const GreyPicture& picture, int64_t dx, int64_t dy, uint8_t fill = 0) {
  GreyPicture part{picture.height - 2 * dy, picture.width - 2 * dx, {}};
  for (int64_t y = dy; y < picture.height - dy; ++y) {
    for (int64_t x = dx; x < picture.width - dx; ++x) {
      const bool inside = y >= 0 && x >= 0 && y < picture.height && x < picture.width;
      part.pixels.push_back(inside ? picture.pixels[static_cast<std::size_t>(y * picture.width + x)]
                                   : fill);
    }
  }
  return part;
}

GreyPicture flipped(GreyPicture picture) {
  for (int64_t y = 0; y < picture.height; ++y) {
    const auto line = picture.pixels.begin() + y * picture.width;
    std::reverse(line, line + picture.width);
  }
  return picture;
}

// Test pictures are told to the reader by number, so that no encoder is needed.
PictureTraits traits_of_picture(const GreyPicture& picture, const std::string& bytes) {
  return traits_of(bytes, [&](std::string_view) { return picture; });
}

struct Copy {
  const char* name;
  GreyPicture picture;
};

TEST(Duplicates, NearCopiesAreFoundWhateverWasDoneToThem) {
  const auto original = blobs(1);
  const Copy copies[] = {
      {"brighter", mapped(original, [](double v) { return v + 20; })},
      {"flatter", mapped(original, [](double v) { return 80 + 0.4 * v; })},
      {"gamma", mapped(original, [](double v) { return 255 * std::pow(v / 255, 0.6); })},
      {"negative", mapped(original, [](double v) { return 255 - v; })},
      {"mirrored", flipped(original)},
      {"smaller", blobs(1, 96)},
      {"larger", blobs(1, 300)},
      {"cut by 3 %", cut(original, 5, 5)},
      {"cut by 6 %", cut(original, 10, 10)},
      {"padded", cut(original, -30, 0)},
      {"padded in white", cut(original, 0, -25, 255)},
  };
  std::vector<PictureTraits> traits{traits_of_picture(original, "original")};
  std::vector<std::string> cells{"test"};
  for (const auto& copy : copies) {
    traits.push_back(traits_of_picture(copy.picture, copy.name));
    cells.emplace_back("train");
    const auto pairs = find_duplicates({traits.front(), traits.back()}, {"test", "train"});
    ASSERT_EQ(pairs.size(), 1u) << copy.name;
    EXPECT_EQ(pairs[0].likeness, Likeness::near_copy) << copy.name;
    EXPECT_GE(pairs[0].correlation, kNearCopy) << copy.name;
  }
  EXPECT_EQ(find_duplicates(traits, cells).size(), 1u);  // of the one test picture, the closest
}

TEST(Duplicates, OthersAreNot) {
  std::vector<PictureTraits> traits;
  std::vector<std::string> cells;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    traits.push_back(traits_of_picture(blobs(seed, 64), std::to_string(seed)));
    cells.emplace_back(seed % 3 == 0 ? "test" : "train");
  }
  const auto flat = mapped(blobs(1), [](double) { return 7; });
  for (const char* side : {"test", "train"}) {  // no contrast, so no pattern to compare
    traits.push_back(traits_of_picture(cut(flat, side[1] == 'e' ? 1 : 2, 0), side));
    cells.emplace_back(side);
  }
  EXPECT_TRUE(find_duplicates(traits, cells).empty());
}

TEST(Duplicates, EqualBytesAndPixelsAreToldApart) {
  const auto picture = blobs(3), other = blobs(4);
  const std::vector<PictureTraits> traits{
      traits_of_picture(picture, "a"),
      traits_of_picture(picture, "b"),
      traits_of_picture(other, "c"),
      traits_of_picture(other, "c"),
      traits_of("no picture",
                [](std::string_view) -> GreyPicture {
                  throw Error(ErrorCode::corrupt_image,
                              "image: expected one, got none; send it again");
                }),
      traits_of("no picture", decode_picture),
      PictureTraits{},
      PictureTraits{}};
  const std::vector<std::string> cells{"Train", "test", "train", "TEST ",
                                       "train", "test", "train", "test"};
  const auto pairs = find_duplicates(traits, cells);
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[0].likeness, Likeness::equal_pixels);
  EXPECT_EQ(pairs[1].likeness, Likeness::equal_bytes);
  EXPECT_EQ(pairs[1].first, 2u);
  EXPECT_EQ(pairs[1].second, 3u);
  EXPECT_EQ(pairs[2].likeness, Likeness::equal_bytes);

  const std::vector<std::size_t> lines{2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_EQ(note_on_duplicates(pairs, lines),
            "3 pictures have a copy on another side, such as lines 2 and 3 (equal pixels); lines 4 "
            "and 5 (equal bytes); lines 6 and 7 (equal bytes)");
  expect_error(ErrorCode::patient_leak, "got more: 3 pictures have a copy",
               [&] { require_no_duplicates(pairs, lines); });
  EXPECT_NO_THROW(require_no_duplicates({}, lines));
}

// Trouble of the machine is no property of a picture, whichever thread meets it.
TEST(Duplicates, TroubleOfTheMachineEndsTheReading) {
  const TemporaryFolder folder;
  std::string text = "path,label\n";
  for (int i = 0; i < 8; ++i) {
    const auto name = std::to_string(i) + ".png";
    std::ofstream(folder.path() / name) << name;
    text += name + ",viral\n";
  }
  const auto manifest = parse_manifest(text, folder.path());
  expect_error(ErrorCode::out_of_memory, "memory", [&] {
    read_traits(manifest, [](std::string_view) -> GreyPicture { throw std::bad_alloc(); });
  });
  EXPECT_EQ(read_traits(manifest, decode_picture).size(), 8U)
      << "expected no pictures to do no harm";
}

TEST(Duplicates, OnlySidesCount) {
  const auto picture = traits_of_picture(blobs(5, 64), "a");
  const auto count = [&](const std::vector<std::string>& cells, const std::string& side = "") {
    return find_duplicates(std::vector<PictureTraits>(cells.size(), picture), cells, side).size();
  };
  EXPECT_EQ(count({"train", "train"}), 0u);
  EXPECT_EQ(count({"train", ""}), 0u);
  EXPECT_EQ(count({"train", "Train"}), 0u);
  EXPECT_EQ(count({"train", "validation"}), 1u);
  EXPECT_EQ(count({"train", "validation"}, "test"), 0u);
  EXPECT_EQ(count({"train", "validation", "test"}, "Test"), 2u);
  expect_error(ErrorCode::invalid_shape, "sides: expected 1 values",
               [&] { find_duplicates({picture}, {}); });
}

// Children's chests in one position by one machine: the most alike that there are.
TEST(DuplicatesOnRealData, HealthyChildrenOfCxr4AreNoCopiesOfEachOther) {
  CXRNET_SKIP_WITHOUT_CXR4();
  auto manifest = read_manifest(cxr4_folder() / "manifest.csv");
  std::erase_if(manifest.rows, [](const auto& row) { return row.label != "healthy"; });
  std::size_t index = 0;
  std::erase_if(manifest.rows, [&](const auto&) { return index++ % 3 != 0; });
  const auto traits = read_traits(manifest, decode_picture);
  EXPECT_TRUE(find_duplicates(traits, split_cells(manifest, "group_split")).empty());
  EXPECT_GT(traits[0].pixels, 0u);
}

}  // namespace
}  // namespace cxrnet::data
