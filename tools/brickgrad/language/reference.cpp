#include "reference.hpp"

#include <fmt/format.h>
#include <array>
#include <autograd/graph/formula.hpp>
#include <autograd/transform/grad.hpp>
#include <cmath>
#include <limits>

namespace tools::language {

using namespace brickgrad;

namespace {

// Kinks and poles of the ops lie on these, and so do the ends of their domains.
constexpr double special[] = {-1, 0, 1};
constexpr double near = 1e-7;

struct Point {
  double value;
  std::vector<double> derivatives;
};

Point evaluate_at(const Function& f, const std::vector<double>& x) {
  std::vector<Value> leaves;
  std::vector<Item> items;
  for (const double number : x) {
    leaves.emplace_back(number);
    items.emplace_back(leaves.back());
  }
  const Value y = invoke(f, {}, items, float64).value();
  Point p{y.item(), {}};
  for (const Value& g : grad(y, leaves)) p.derivatives.push_back(g.item());
  return p;
}

std::string short_text(double x) {
  if (std::isnan(x)) return "nan";
  if (std::abs(x) > 1e6) return x > 0 ? "inf" : "-inf";
  return fmt::format("{:.4g}", std::abs(x) < 1e-4 ? 0.0 : x);
}

/// Where a function of one operand is finite, from numbers between the special points.
std::string defined_for(const Function& f) {
  constexpr std::array<double, 7> places{-3, -1, -0.5, 0, 0.5, 1, 3};
  std::array<bool, 7> finite{};
  bool all = true;
  for (std::size_t i = 0; i < places.size(); ++i) {
    finite[i] = std::isfinite(evaluate_at(f, {places[i]}).value);
    all = all && finite[i];
  }
  if (all) return "all x";
  std::string out;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!finite[i]) continue;
    std::size_t last = i;
    while (last + 1 < places.size() && finite[last + 1]) ++last;
    // Odd places are the special points themselves, even ones stand for what lies between them.
    const auto edge = [](double x) { return fmt::format("{}", x); };
    std::string part;
    const bool from_start = i == 0, to_end = last + 1 == places.size();
    const std::string low = from_start ? "" : edge(places[i % 2 == 1 ? i : i - 1]),
                      high = to_end ? "" : edge(places[last % 2 == 1 ? last : last + 1]);
    const char *from = i % 2 == 1 ? "<=" : "<", *to = last % 2 == 1 ? "<=" : "<";
    if (from_start)
      part = fmt::format("x {} {}", to, high);
    else if (to_end)
      part = fmt::format("x {} {}", i % 2 == 1 ? ">=" : ">", low);
    else
      part = fmt::format("{} {} x {} {}", low, from, to, high);
    out += (out.empty() ? "" : " and ") + part;
    i = last;
  }
  return out;
}

/// What is special about the derivative to operand k at x; empty where it is smooth.
std::string kink_at(const Function& f, const std::vector<double>& x, std::size_t k) {
  const Point at = evaluate_at(f, x);
  if (std::isnan(at.value)) return "";
  std::vector<double> moved = x;
  moved[k] = x[k] - near;
  const Point before = evaluate_at(f, moved);
  moved[k] = x[k] + near;
  const Point after = evaluate_at(f, moved);
  const double d = at.derivatives[k], left = before.derivatives[k], right = after.derivatives[k];
  const std::string name = f.parameters[k].name;
  const std::string value =
      std::isinf(at.value) ? fmt::format("the value is {}, ", short_text(at.value)) : "";
  if (!std::isfinite(d)) return fmt::format("{}d/d{} is {}", value, name, short_text(d));
  constexpr double jump = 1e-3;
  const bool has_left = !std::isnan(before.value), has_right = !std::isnan(after.value);
  const bool jumps =
      (has_left && !(std::abs(left - d) < jump)) || (has_right && !(std::abs(right - d) < jump));
  if (!jumps) return "";
  std::string out = fmt::format("{}d/d{} is {}", value, name, short_text(d));
  if (has_left && has_right)
    out += fmt::format(", {} below and {} above", short_text(left), short_text(right));
  else
    out += fmt::format(", {} beside", short_text(has_left ? left : right));
  return out;
}

void add_kinks_of_two(const Function& f, std::vector<std::string>& out) {
  const std::string &a = f.parameters[0].name, &b = f.parameters[1].name;
  for (std::size_t k = 0; k < 2; ++k) {
    std::array<std::array<std::string, 3>, 3> found;
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) found[i][j] = kink_at(f, {special[i], special[j]}, k);
    // The same on the whole diagonal and nowhere else is a tie.
    bool tie = !found[0][0].empty();
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j)
        tie = tie && (i == j ? found[i][i] == found[0][0] : found[i][j].empty());
    if (tie) {
      out.push_back(fmt::format("{} = {}: {}", a, b, found[0][0]));
      continue;
    }
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j)
        if (!found[i][j].empty())
          out.push_back(
              fmt::format("{} = {}, {} = {}: {}", a, special[i], b, special[j], found[i][j]));
  }
}

}  // namespace

Reference describe_function(const Function& f) {
  Reference r;
  r.function = &f;
  if (!f.is_elementwise()) return r;
  const internal::OpTable& op = internal::op_tables[f.op];
  std::vector<std::string> operands;
  for (std::size_t i = 0; i < f.domain.size(); ++i) operands.push_back(f.parameters[i].name);
  r.formula = internal::forward_text(op, nullptr, operands);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const std::string text =
        internal::partial_text(op, nullptr, static_cast<int>(i), "y", operands);
    r.derivatives.emplace_back(operands[i], text.empty() ? "none" : text);
    r.samples.push_back(fmt::format("[{}, {}]", f.domain[i].low, f.domain[i].high));
  }
  if (operands.size() == 1) {
    r.defined = defined_for(f);
    for (const double x : special)
      if (const std::string kink = kink_at(f, {x}, 0); !kink.empty())
        r.kinks.push_back(fmt::format("{} = {}: {}", operands[0], x, kink));
  } else if (operands.size() == 2) {
    add_kinks_of_two(f, r.kinks);
  }
  return r;
}

}  // namespace tools::language
