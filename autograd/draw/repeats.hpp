// Repetitions in a sequence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace brickgrad::internal {

/// `times` equal stretches of `period` entries each, one after the other, from `begin` on.
struct Repeat {
  std::size_t begin, period, times;
  std::size_t end() const { return begin + period * times; }
};

/// Repetitions that do not overlap, in their order: from left to right, at every place the one that
/// covers most, of these the one with the shortest period. Entries of 0 are equal to nothing.
std::vector<Repeat> find_repeats(std::span<const std::uint64_t> sequence);

}  // namespace brickgrad::internal
