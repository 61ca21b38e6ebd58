#include <fmt/ranges.h>
#include <algorithm>
#include <autograd/draw/flow.hpp>
#include <autograd/draw/numbers.hpp>
#include <autograd/draw/trouble/reason.hpp>
#include <cmath>
#include <set>

namespace brickgrad::internal {
namespace {

constexpr double flat = 1e-3;  // a slope that lets next to nothing through

/// ", whose values are 0 or 1", of an op on each element alone whose slope is flat there; where
/// only most are, how many. "About" where they are not exactly that.
std::string flat_values(const Node& n) {
  const auto value = value_of(n);
  if (n.op->elementwise < 0 || n.inputs() != 1 || !value || value->numel() == 0) return "";
  const std::vector<double> x = value->to_vector(), slope = slopes(n).to_vector();
  std::set<double> bounds;
  std::size_t count = 0;
  std::size_t nans = 0;
  bool exact = true;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) ++nans;
    if (!(std::abs(slope[i]) < flat) || !std::isfinite(x[i])) continue;
    ++count;
    const double bound = std::round(x[i] * 100) / 100 + 0.0;
    exact = exact && x[i] == bound;
    bounds.insert(bound);
  }
  if (nans == x.size()) return ", whose values are all NaN";
  if (count == 0 || 2 * count < x.size() || bounds.size() > 2) return "";
  const bool all = count == x.size();
  const std::string text = fmt::format("{}{}", exact ? "" : "about ", fmt::join(bounds, " or "));
  if (all) return fmt::format(", whose values are {}{}", bounds.size() == 1 ? "all " : "", text);
  return fmt::format(", {} of whose {} values are {}", count, x.size(), text);
}

bool is_zero_on_one_side(const Node& n) {
  if (!n.op->scalar || n.inputs() != 1) return false;
  const auto is_zero_at = [&n](double x) { return n.op->scalar(n.attributes(), &x) == 0; };
  return (is_zero_at(-1) && is_zero_at(-1e6)) || (is_zero_at(1) && is_zero_at(1e6));
}

}  // namespace

std::string reason_of_loss(const GraphWalk& walk, std::size_t op, std::size_t operand,
                           const Speaker& speaker) {
  const Node& n = walk.node(op);
  if (std::string text = flat_values(n); !text.empty()) return text;
  // A factor that the derivative reads.
  const auto operands = walk.operands(op);
  if (operand >= max_arity) return "";
  for (std::size_t k = 0; k < operands.size(); ++k) {
    if (k == operand || !(n.op->reads[operand] & reads_input(static_cast<int>(k)))) continue;
    const auto other = operands[k];
    if (other == GraphWalk::number) {
      if (n.immediate == 0) return ", where the other factor is 0";
    } else if (value_of(walk.node(other)) && summarise_value(walk.node(other)).all_zero()) {
      return fmt::format(", where {} is 0", speaker.spoken(other));
    }
  }
  return "";
}

std::pair<std::int64_t, std::int64_t> dead_columns(const Node& n) {
  if (!is_zero_on_one_side(n)) return {0, 0};
  const auto value = value_of(n);
  if (!value || value->rank() != 2 || value->size(0) < 2) return {0, 0};
  const std::vector<double> x = value->to_vector();
  const auto columns = static_cast<std::size_t>(value->size(1));
  std::vector<bool> alive(columns);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i] != 0) alive[i % columns] = true;
  return {std::count(alive.begin(), alive.end(), false), value->size(1)};
}

}  // namespace brickgrad::internal
