#include "cxrnet/data/duplicates.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "cxrnet/core/error.h"
#include "cxrnet/core/files.h"
#include "cxrnet/core/interruption.h"
#include "cxrnet/core/threads.h"
#include "cxrnet/data/image_codec.h"
#include "cxrnet/data/leaks.h"
#include "picture_pattern.h"

namespace cxrnet::data {
namespace {

constexpr std::size_t kMaxPictureBytes = std::size_t{1} << 30;
constexpr std::size_t kShownPairs = 3;
constexpr int64_t kBlock = 256;          // rows compared at once
constexpr std::size_t kMostReaders = 4;  // a picture takes up to 100 MB while it is read

// Which pattern of one picture is compared with which of the other: as they are; one without bars,
// or cut, against the other whole; mirrored.
constexpr std::array<std::pair<int64_t, int64_t>, 9> kCompared{
    {{0, 0}, {1, 1}, {0, 1}, {1, 0}, {0, 2}, {2, 0}, {0, 3}, {3, 0}, {0, 4}}};

std::size_t hash_of(std::string_view bytes) {
  const auto hash = std::hash<std::string_view>{}(bytes) ^ bytes.size();
  return hash == 0 ? 1 : hash;
}

// On several threads; the first failure ends the others' work, too. Errors: interrupted, and what
// `work` throws, as an Error.
template <class Work>
void for_each_index(std::size_t count, Work&& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::optional<Error> failure;
  const auto run = [&] {
    for (std::size_t i = next++; i < count && !stop_requested(); i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = current_error();
        next = count;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    const auto workers =
        std::clamp<std::size_t>(static_cast<std::size_t>(available_processors()), 1, kMostReaders);
    for (std::size_t i = 1; i < std::min(workers, count); ++i) threads.emplace_back(run);
    run();
  }
  if (failure) throw *failure;
  if (stop_requested()) {
    throw Error(ErrorCode::interrupted,
                "duplicates: expected to look at every picture, got a request to stop; run again");
  }
}

// Trouble of the one file: it has no traits, and whoever needs it as a picture says why.
void leave_unread(const Error& error) {
  if (concern_of(error.code()) != Concern::input) throw error;
}

// One pattern of some rows: [rows, length] f32.
at::Tensor stacked(const std::vector<PictureTraits>& traits, const std::vector<std::size_t>& rows,
                   std::size_t pattern) {
  constexpr int64_t kLength = int64_t{kPatternSide} * kPatternSide;
  auto matrix = at::zeros({static_cast<int64_t>(rows.size()), kLength}, at::kFloat);
  auto* out = matrix.data_ptr<float>();
  for (const auto row : rows) {
    if (!traits[row].patterns.empty())
      std::copy(traits[row].patterns[pattern].begin(), traits[row].patterns[pattern].end(), out);
    out += kLength;
  }
  return matrix;
}

using RowByHash = std::unordered_map<std::size_t, std::size_t>;

RowByHash rows_by_hash(const std::vector<PictureTraits>& traits,
                       const std::vector<std::size_t>& rows, std::size_t PictureTraits::*hash) {
  RowByHash by_hash;
  for (const auto row : rows) {
    if (traits[row].*hash != 0) by_hash.emplace(traits[row].*hash, row);
  }
  return by_hash;
}

DuplicatePair in_order(std::size_t a, std::size_t b, Likeness likeness, double correlation) {
  return {std::min(a, b), std::max(a, b), likeness, correlation};
}

// The closest of `many` for each of `few`, where it is close enough.
class SidePair {
 public:
  SidePair(const std::vector<PictureTraits>& traits, const std::vector<std::size_t>& few,
           const std::vector<std::size_t>& many)
      : traits_(traits), few_(few), many_(many) {}

  void find(std::vector<DuplicatePair>& found) const {
    const auto by_bytes = rows_by_hash(traits_, many_, &PictureTraits::bytes);
    const auto by_pixels = rows_by_hash(traits_, many_, &PictureTraits::pixels);
    const auto closest = find_closest();
    for (std::size_t i = 0; i < few_.size(); ++i) {
      const auto row = few_[i];
      const auto same_bytes = by_bytes.find(traits_[row].bytes);
      const auto same_pixels = by_pixels.find(traits_[row].pixels);
      if (same_bytes != by_bytes.end()) {
        found.push_back(in_order(row, same_bytes->second, Likeness::equal_bytes, 1.0));
      } else if (same_pixels != by_pixels.end()) {
        found.push_back(in_order(row, same_pixels->second, Likeness::equal_pixels, 1.0));
      } else if (closest[i].correlation >= kNearCopy) {
        found.push_back(in_order(row, closest[i].row, Likeness::near_copy, closest[i].correlation));
      }
    }
  }

 private:
  struct Closest {
    std::size_t row = 0;
    double correlation = 0.0;
  };

  std::vector<Closest> find_closest() const {
    std::vector<Closest> closest(few_.size());
    for (const auto& [a, b] : kCompared) {
      const auto mine = stacked(traits_, few_, static_cast<std::size_t>(a));
      const auto theirs = stacked(traits_, many_, static_cast<std::size_t>(b)).t();
      for (int64_t begin = 0; begin < mine.size(0); begin += kBlock) {
        const auto block =
            at::mm(mine.narrow(0, begin, std::min(kBlock, mine.size(0) - begin)), theirs);
        const auto [value, index] = block.abs_().max(1);
        for (int64_t i = 0; i < value.size(0); ++i) {
          auto& best = closest[static_cast<std::size_t>(begin + i)];
          const double correlation = value.data_ptr<float>()[i];
          if (correlation <= best.correlation) continue;
          best = {many_[static_cast<std::size_t>(index.data_ptr<int64_t>()[i])], correlation};
        }
      }
    }
    return closest;
  }

  const std::vector<PictureTraits>& traits_;
  const std::vector<std::size_t>& few_;
  const std::vector<std::size_t>& many_;
};

}  // namespace

GreyPicture decode_picture(std::string_view bytes) {
  const auto image = decode_grey(bytes);
  const auto* pixels = image.data_ptr<uint8_t>();
  return {image.size(0), image.size(1), {pixels, pixels + image.numel()}};
}

PictureTraits traits_of(std::string_view bytes, const PictureDecoder& decoder) {
  PictureTraits traits{.bytes = hash_of(bytes), .pixels = 0, .patterns = {}};
  try {
    const auto picture = decoder(bytes);
    const std::string_view pixels(reinterpret_cast<const char*>(picture.pixels.data()),
                                  picture.pixels.size());
    traits.pixels = hash_of(pixels) + static_cast<std::size_t>(picture.width) * 0x9E3779B97F4A7C15U;
    traits.patterns = patterns_of(picture);
  } catch (const Error& error) {
    leave_unread(error);
  }
  return traits;
}

std::vector<PictureTraits> read_traits(const Manifest& manifest, const PictureDecoder& decoder) {
  std::vector<PictureTraits> traits(manifest.rows.size());
  for_each_index(traits.size(), [&](std::size_t i) {
    try {
      const auto path = resolve_path(manifest, manifest.rows[i].path);
      traits[i] = traits_of(read_file(path, kMaxPictureBytes), decoder);
    } catch (const Error& error) {
      leave_unread(error);
    }
  });
  return traits;
}

std::vector<PictureTraits> read_traits(const ShardDataset& dataset) {
  std::vector<PictureTraits> traits(dataset.size());
  for_each_index(traits.size(),
                 [&](std::size_t i) { traits[i] = traits_of(dataset[i].image, decode_picture); });
  return traits;
}

std::vector<DuplicatePair> find_duplicates(const std::vector<PictureTraits>& traits,
                                           const std::vector<std::string>& cells,
                                           const std::string& side) {
  if (traits.size() != cells.size()) {
    throw Error(ErrorCode::invalid_shape, "sides: expected " + std::to_string(traits.size()) +
                                              " values, one per picture, got " +
                                              std::to_string(cells.size()) +
                                              "; pass those of the same rows");
  }
  std::map<std::string, std::vector<std::size_t>> sides;
  for (std::size_t row = 0; row < cells.size(); ++row) {
    const auto named = side_of(cells[row]);
    if (!named.empty()) sides[named].push_back(row);
  }
  const auto asked = side_of(side);
  std::vector<DuplicatePair> found;
  for (auto one = sides.begin(); one != sides.end(); ++one) {
    for (auto other = std::next(one); other != sides.end(); ++other) {
      if (!asked.empty() && one->first != asked && other->first != asked) continue;
      const bool fewer = one->second.size() <= other->second.size();
      const auto& few = fewer ? one->second : other->second;
      SidePair(traits, few, fewer ? other->second : one->second).find(found);
    }
  }
  std::sort(found.begin(), found.end(), [](const DuplicatePair& a, const DuplicatePair& b) {
    return std::pair(a.first, a.second) < std::pair(b.first, b.second);
  });
  return found;
}

std::string describe(const DuplicatePair& pair, const std::vector<std::size_t>& lines) {
  return "lines " + std::to_string(lines[pair.first]) + " and " +
         std::to_string(lines[pair.second]) + " (" + std::string(to_string(pair.likeness)) + ")";
}

std::string note_on_duplicates(const std::vector<DuplicatePair>& pairs,
                               const std::vector<std::size_t>& lines) {
  if (pairs.empty()) return "";
  std::vector<std::string> examples;
  for (std::size_t i = 0; i < std::min(pairs.size(), kShownPairs); ++i)
    examples.push_back(describe(pairs[i], lines));
  return std::to_string(pairs.size()) + " pictures have a copy on another side, such as " +
         join(examples, "; ");
}

void require_no_duplicates(const std::vector<DuplicatePair>& pairs,
                           const std::vector<std::size_t>& lines) {
  if (pairs.empty()) return;
  throw Error(
      ErrorCode::patient_leak,
      "split: expected each picture on one side, got more: " + note_on_duplicates(pairs, lines) +
          "; leave one of each out, or choose --duplicates report");
}

std::vector<std::string> check_duplicates(const Manifest& manifest, const std::string& column,
                                          const std::string& side, Duplicates mode,
                                          const PictureDecoder& decoder) {
  if (mode == Duplicates::ignore) return {};
  const auto cells = split_cells(manifest, column);
  const auto pairs = find_duplicates(read_traits(manifest, decoder), cells, side);
  std::vector<std::size_t> lines;
  for (const auto& row : manifest.rows) lines.push_back(row.line);
  if (mode == Duplicates::refuse) require_no_duplicates(pairs, lines);
  if (pairs.empty()) return {};
  return {column + ": " + note_on_duplicates(pairs, lines)};
}

}  // namespace cxrnet::data
