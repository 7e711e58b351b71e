// Runs a fuzz target without libFuzzer, so that every test run covers it with any compiler and
// sanitizer: over each file of a folder, each truncated, and each with fixed random damage. Files
// named refused_* are those that must be refused, and within the memory that a test may take.
//
//   cxrnet_image_replay FOLDER [VARIANTS=200]
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "cxrnet/core/files.h"
#include "cxrnet/core/random.h"
#include "fuzz_target.h"

namespace {

void run(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

// One to four bytes overwritten, with the values at which lengths and counts go wrong among them;
// sometimes cut short.
std::string damage(std::string bytes, cxrnet::Random& random) {
  constexpr unsigned char kEdges[] = {0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff};
  if (bytes.empty()) return bytes;
  const auto places = 1 + random.index(4);
  for (std::size_t i = 0; i < places; ++i) {
    const bool edge = random.uniform() < 0.5;
    const auto value =
        edge ? kEdges[random.index(std::size(kEdges))] : static_cast<unsigned char>(random.bits());
    bytes[random.index(bytes.size())] = static_cast<char>(value);
  }
  if (random.uniform() < 0.1) bytes.resize(random.index(bytes.size()));
  return bytes;
}

bool is_hostile(const std::filesystem::path& file) {
  return file.filename().string().starts_with("refused_");
}

// The number of inputs that were run; 0 when the file itself is refused and should not be, or the
// other way round.
std::size_t replay(const std::filesystem::path& file, std::size_t variants) {
  constexpr std::size_t kCuts = 32;
  const auto bytes = cxrnet::read_file(file);
  const auto accepted = cxrnet::fuzz::accepted;
  run(bytes);
  const bool is_accepted = cxrnet::fuzz::accepted > accepted;
  if (is_hostile(file)) return is_accepted ? 0 : 1;
  if (!is_accepted) return 0;
  for (std::size_t i = 0; i < kCuts; ++i) run(bytes.substr(0, bytes.size() * i / kCuts));
  cxrnet::Random random(cxrnet::derive_seed({bytes.size(), variants}));
  for (std::size_t i = 0; i < variants; ++i) run(damage(bytes, random));
  return 1 + kCuts + variants;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER [VARIANTS]\n", argv[0]);
    return 2;
  }
  const std::size_t variants = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200;
  std::size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    const auto count = replay(entry.path(), variants);
    if (count == 0) {
      std::fprintf(stderr, "%s: expected a valid file, it was refused (or the other way round)\n",
                   entry.path().c_str());
      return 1;
    }
    inputs += count;
  }
  std::printf("replay: %zu inputs\n", inputs);
  return inputs > 0 ? 0 : 1;
}
