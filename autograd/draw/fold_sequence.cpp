#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/fold_sequence.hpp>
#include <autograd/draw/repeats.hpp>
#include <functional>

namespace brickgrad::internal {
namespace {

constexpr std::size_t most_passes = 12, titles_shown = 4;

/// "× → + → tanh"; the number of ops where that would be long.
std::string title_of(const std::vector<Stretch>& sequence, std::size_t begin, std::size_t end) {
  if (end - begin > titles_shown) return "";
  std::string title;
  for (std::size_t i = begin; i < end; ++i) {
    const Stretch& s = sequence[i];
    if (s.title.empty()) return "";
    std::string part = s.title;
    if (s.times > 1)
      part = s.title.find(" → ") == std::string::npos ? fmt::format("{} × {}", s.title, s.times)
                                                      : fmt::format("({}) × {}", s.title, s.times);
    title += (title.empty() ? "" : " → ") + part;
  }
  return title.size() > 60 ? "" : title;
}

Stretch joined(const std::vector<Stretch>& sequence, std::size_t begin, std::size_t end,
               std::size_t period, std::size_t times) {
  Stretch all;
  all.begin = sequence[begin].begin;
  all.end = sequence[end - 1].end;
  all.times = times;
  all.folded = true;
  all.signature = mixed(period, times);
  for (std::size_t i = begin; i < begin + period; ++i) {
    all.signature = mixed(all.signature, sequence[i].signature);
    all.module = all.module || sequence[i].module;
  }
  all.title = title_of(sequence, begin, begin + period);
  if (period == 1 && sequence[begin].times > 1) {
    all.title = sequence[begin].title;
    all.times *= sequence[begin].times;
  }
  if (period == 1 && sequence[begin].module && times > 1)
    all.name = sequence[begin].name + " … " + sequence[end - 1].name;
  return all;
}

}  // namespace

std::uint64_t mixed(std::uint64_t seed, std::uint64_t more) {
  std::uint64_t x = (seed ^ more) * 0x9E3779B97F4A7C15u;
  x ^= x >> 29;
  x = x * 0xBF58476D1CE4E5B9u + more;
  return (x ^ x >> 32) | 1;
}

std::uint64_t hash_of(const std::string& text) { return std::hash<std::string>()(text) | 1; }

std::vector<Stretch> fold_repeats(std::vector<Stretch> sequence, bool modules_only) {
  std::vector<std::uint64_t> signatures;
  signatures.reserve(sequence.size());
  for (const Stretch& s : sequence) signatures.push_back(s.signature);
  std::vector<Stretch> out;
  std::size_t at = 0;
  const auto keep = [&](std::size_t end) {
    for (; at < end; ++at) out.push_back(std::move(sequence[at]));
  };
  for (const Repeat& r : find_repeats(signatures)) {
    keep(r.begin);
    const bool module = std::any_of(sequence.begin() + static_cast<std::ptrdiff_t>(r.begin),
                                    sequence.begin() + static_cast<std::ptrdiff_t>(r.end()),
                                    [](const Stretch& s) { return s.module; });
    // Two ops alike are no repetition worth a card.
    if (module || (!modules_only && r.period * r.times > 2)) {
      out.push_back(joined(sequence, r.begin, r.end(), r.period, r.times));
      at = r.end();
    }
  }
  keep(sequence.size());
  return out;
}

std::vector<Stretch> fold_to(std::vector<Stretch> sequence, std::size_t most) {
  for (std::size_t pass = 0; pass < most_passes && sequence.size() > most; ++pass) {
    const std::size_t before = sequence.size();
    sequence = fold_repeats(std::move(sequence), false);
    if (sequence.size() == before) break;
  }
  if (sequence.size() <= most) return sequence;
  std::vector<Stretch> out;
  const std::size_t together = (sequence.size() + most - 1) / most;
  for (std::size_t i = 0; i < sequence.size(); i += together) {
    const std::size_t end = std::min(i + together, sequence.size());
    out.push_back(end - i == 1 ? sequence[i] : joined(sequence, i, end, end - i, 1));
  }
  return out;
}

}  // namespace brickgrad::internal
