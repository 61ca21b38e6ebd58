#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <nn/ticks.hpp>

namespace brickgrad::nn::internal {
namespace {

/// A tick may lie that far beyond the end of its axis, as a part of a step.
constexpr double slack = 1e-9;

/// With so few digits, six or more, that the number is still told from its neighbours a step away.
std::string label_of(double number, double step) {
  constexpr int usual = 6, all = 17;
  for (int digits = usual;; ++digits) {
    std::string label = fmt::format("{:.{}g}", number, digits);
    if (digits == all || std::abs(std::strtod(label.c_str(), nullptr) - number) <= 1e-3 * step)
      return label;
  }
}

}  // namespace

double round_step(double least) {
  const double power = std::pow(10, std::floor(std::log10(least)));
  const double digit = least / power;
  return power * (digit > 5 ? 10 : digit > 2 ? 5 : digit > 1 ? 2 : 1);
}

std::vector<Tick> multiples(double low, double high, double step) {
  // Where numbers are that close, or that small, multiples of a step cannot be told apart.
  constexpr double most = 1e15;
  if (!(step >= std::numeric_limits<double>::min()) ||
      std::max(std::abs(low), std::abs(high)) / step > most)
    return {};
  std::vector<Tick> out;
  const auto first = static_cast<std::int64_t>(std::ceil(low / step - slack)),
             last = static_cast<std::int64_t>(std::floor(high / step + slack));
  for (std::int64_t i = first; i <= last; ++i) {
    const double number = static_cast<double>(i) * step;
    out.push_back({number, label_of(number, step)});
  }
  return out;
}

std::vector<Tick> round_ticks(double low, double high, int wanted) {
  return multiples(low, high, round_step((high - low) / wanted));
}

}  // namespace brickgrad::nn::internal
