// Folds a sequence of ops and modules, as they were computed, into fewer entries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace brickgrad::internal {

/// A stretch of the order of ops that may be drawn as one card.
struct Stretch {
  std::size_t begin = 0, end = 0;  // places in the order
  std::uint64_t signature = 0;     // equal for what looks the same; 0 for what is equal to nothing
  std::string title, name;
  std::size_t times = 1;
  bool module = false;  // a call of a module, or a repetition with one
  bool folded = false;  // one card
};

/// Equal stretches in a row become one, those of several periods too. `modules_only` leaves
/// repetitions without a module alone.
std::vector<Stretch> fold_repeats(std::vector<Stretch> sequence, bool modules_only);

/// Repeats that until there are no more than `most`, and joins neighbours where that does not
/// help.
std::vector<Stretch> fold_to(std::vector<Stretch> sequence, std::size_t most);

/// For signatures.
std::uint64_t mixed(std::uint64_t seed, std::uint64_t more);
std::uint64_t hash_of(const std::string& text);

}  // namespace brickgrad::internal
