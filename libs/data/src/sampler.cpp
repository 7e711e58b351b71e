#include "cxrnet/data/sampler.h"

#include <map>
#include <unordered_map>

#include "cxrnet/core/random.h"

namespace cxrnet::data {
namespace {

// Deals the members of one label in random order, again and again.
class Deck {
 public:
  void put(std::size_t member) { members_.push_back(member); }

  std::size_t deal(Random& random) {
    if (position_ == order_.size()) {
      order_ = random.permutation(members_.size());
      position_ = 0;
    }
    return members_[order_[position_++]];
  }

 private:
  std::vector<std::size_t> members_, order_;
  std::size_t position_ = 0;
};

Random epoch_random(uint64_t seed, int64_t epoch) {
  return Random(derive_seed({seed, static_cast<uint64_t>(epoch)}));
}

}  // namespace

std::vector<std::size_t> shuffled_order(const std::vector<std::size_t>& indices, uint64_t seed,
                                        int64_t epoch) {
  std::vector<std::size_t> order;
  order.reserve(indices.size());
  for (const std::size_t position : epoch_random(seed, epoch).permutation(indices.size())) {
    order.push_back(indices[position]);
  }
  return order;
}

std::vector<std::size_t> balanced_order(const std::vector<std::size_t>& indices,
                                        const std::vector<std::string>& labels, uint64_t seed,
                                        int64_t epoch) {
  std::map<std::string, Deck> by_label;
  for (const std::size_t index : indices) by_label[labels.at(index)].put(index);
  std::vector<Deck> decks;
  decks.reserve(by_label.size());
  for (auto& [label, deck] : by_label) decks.push_back(std::move(deck));
  Random random = epoch_random(seed, epoch);
  const auto first_deck =
      decks.empty() ? 0 : random.index(decks.size());  // the remainder goes round over epochs
  std::vector<std::size_t> order(indices.size());
  std::size_t turn = first_deck;
  for (const std::size_t position : random.permutation(indices.size())) {
    order[position] = decks[turn++ % decks.size()].deal(random);
  }
  return order;
}

std::vector<std::size_t> repeat_counts(const std::vector<std::size_t>& order) {
  std::unordered_map<std::size_t, std::size_t> seen;
  std::vector<std::size_t> repeats;
  repeats.reserve(order.size());
  for (const std::size_t index : order) repeats.push_back(seen[index]++);
  return repeats;
}

}  // namespace cxrnet::data
