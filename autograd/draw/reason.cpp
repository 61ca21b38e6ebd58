#include <fmt/format.h>
#include <algorithm>
#include <autograd/draw/numbers.hpp>
#include <autograd/draw/reason.hpp>
#include <cmath>
#include <string_view>

namespace brickgrad::internal {
namespace {

/// So near to its bounds that the slope is next to nothing.
constexpr double flat_distance = 1e-3;

/// ", whose values are 0 or 1"; where only most are, how many.
std::string saturated(const Node& n, double low, double high, const char* bounds) {
  const auto value = value_of(n);
  if (!value || value->numel() == 0) return "";
  const std::vector<double> x = value->to_vector();
  const auto near = static_cast<std::size_t>(std::count_if(x.begin(), x.end(), [&](double y) {
    return std::abs(y - low) < flat_distance || std::abs(y - high) < flat_distance;
  }));
  if (near == x.size()) return fmt::format(", whose values are {}", bounds);
  if (2 * near < x.size()) return "";
  return fmt::format(", {} of whose {} values are {}", near, x.size(), bounds);
}

bool multiplies(std::string_view op) {
  return op == "mul" || op == "linear" || op == "matmul" || op == "matvec" || op == "vecmat" ||
         op == "vecdot";
}

}  // namespace

std::string reason_of_loss(const GraphWalk& walk, std::size_t op, std::size_t operand,
                           const Speaker& speaker) {
  const Node& n = walk.node(op);
  const std::string_view name = n.op->name;
  if (name == "sigmoid") return saturated(n, 0, 1, "0 or 1");
  if (name == "tanh") return saturated(n, -1, 1, "-1 or 1");
  if (name == "relu" && value_of(n) && summarise_value(n).all_zero())
    return ", whose values are all 0";
  if (!multiplies(name) || operand > 1) return "";
  const auto operands = walk.operands(op);
  const auto other = operands[1 - operand];
  if (other == GraphWalk::number) return n.immediate == 0 ? ", where the other factor is 0" : "";
  const Node& factor = walk.node(other);
  if (!value_of(factor) || !summarise_value(factor).all_zero()) return "";
  return fmt::format(", where {} is 0", speaker.spoken(other));
}

std::pair<std::int64_t, std::int64_t> dead_columns(const Node& n) {
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
