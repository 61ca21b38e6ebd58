#include <algorithm>
#include <autograd/draw/repeats.hpp>

namespace brickgrad::internal {
namespace {

constexpr std::size_t longest_period = 24;

}  // namespace

std::vector<Repeat> find_repeats(std::span<const std::uint64_t> sequence) {
  const std::size_t n = sequence.size();
  // The longest repetition that begins at each place.
  std::vector<Repeat> best(n, Repeat{0, 0, 0});
  for (std::size_t period = 1; period <= longest_period && 2 * period <= n; ++period) {
    // How many entries from here on are equal to those one period later.
    std::size_t equal = 0;
    for (std::size_t i = n - period; i-- > 0;) {
      equal = sequence[i] != 0 && sequence[i] == sequence[i + period] ? equal + 1 : 0;
      const std::size_t times = equal / period + 1;
      if (times > 1 && times * period > best[i].times * best[i].period)
        best[i] = {i, period, times};
    }
  }
  std::vector<Repeat> found;
  for (std::size_t i = 0; i < n;) {
    if (best[i].times < 2) {
      ++i;
      continue;
    }
    found.push_back(best[i]);
    i = best[i].end();
  }
  return found;
}

}  // namespace brickgrad::internal
