#include "suggest.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

namespace tools::language {
namespace {

// What NumPy, PyTorch, C and mathematics call what has another name here.
constexpr std::pair<std::string_view, std::string_view> elsewhere[] = {
    {"ln", "log"},        {"arcsin", "asin"},
    {"arccos", "acos"},   {"arctan", "atan"},
    {"arctan2", "atan2"}, {"arcsinh", "asinh"},
    {"arccosh", "acosh"}, {"arctanh", "atanh"},
    {"fabs", "abs"},      {"logistic", "sigmoid"},
    {"expit", "sigmoid"}, {"swish", "silu"},
    {"power", "pow"},     {"dot", "matmul"},
    {"mm", "matmul"},     {"mv", "matvec"},
    {"inner", "vecdot"},  {"permute", "transpose"},
    {"average", "mean"},  {"avg", "mean"},
    {"cat", "concat"},    {"concatenate", "concat"},
    {"clip", "clamp"},    {"amax", "max"},
    {"amin", "min"},      {"identity", "eye"},
    {"sgn", "sign"},      {"sqr", "square"},
    {"if", "where"},      {"select", "where"},
    {"tg", "tan"},        {"norm", "sqrt(sum(square(x)))"},
    {"π", "pi"},
};

/// Insertions, deletions, replacements and swaps of neighbours that make one word of the other
/// (optimal string alignment); ends early beyond `limit`.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > limit) return limit + 1;
  std::vector<std::size_t> before2, before(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) before[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({before[j] + 1, row[j - 1] + 1, before[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before2[j - 2] + 1);
    }
    before2 = before;
    std::swap(before, row);
  }
  return before[b.size()];
}

}  // namespace

std::string suggestion(std::string_view wrong, std::span<const std::string> names) {
  constexpr std::size_t longest = 64;
  if (wrong.size() > longest) return {};
  std::string lower(wrong);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto& [other, here] : elsewhere)
    if (lower == other && (here.find('(') != std::string_view::npos ||
                           std::find(names.begin(), names.end(), here) != names.end()))
      return fmt::format("; did you mean '{}'?", here);
  // A word that somebody began: the shortest one that begins so.
  constexpr std::size_t begun = 3;
  const std::string* beginning = nullptr;
  for (const std::string& name : names)
    if (lower.size() >= begun && name.size() > lower.size() && name.starts_with(lower) &&
        (!beginning || name.size() < beginning->size()))
      beginning = &name;
  if (beginning) return fmt::format("; did you mean '{}'?", *beginning);
  // Of short words one letter may differ, of long ones two.
  const std::size_t limit = wrong.size() <= 2 ? 0 : wrong.size() <= 4 ? 1 : 2;
  // Of names equally near the one as long as the word: letters are swapped more often than left
  // out.
  std::pair<std::size_t, bool> least{limit, true};
  const std::string* nearest = nullptr;
  for (const std::string& name : names) {
    const std::pair rank{distance(lower, name, limit), name.size() != wrong.size()};
    if (rank < least || (!nearest && rank == least)) {
      least = rank;
      nearest = &name;
    }
  }
  return nearest ? fmt::format("; did you mean '{}'?", *nearest) : "";
}

}  // namespace tools::language
