#include <fmt/format.h>
#include <autograd/draw/change.hpp>
#include <cmath>

namespace brickgrad::internal {

Change change_of(const std::optional<Tensor>& before, const std::optional<Tensor>& after) {
  Change c;
  if (!before || !after) return c;
  c.known = true;
  const std::vector<double> a = before->to_vector(), b = after->to_vector();
  double moved = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool both_nan = std::isnan(a[i]) && std::isnan(b[i]);
    if (a[i] == b[i] || both_nan) {
      if (!both_nan) size = std::hypot(size, a[i]);
      continue;
    }
    c.changed = true;
    moved = std::hypot(moved, b[i] - a[i]);
    size = std::hypot(size, a[i]);
  }
  if (!c.changed) return c;
  c.relative = moved / size;
  c.bad = std::isnan(c.relative) || !std::isfinite(moved);
  return c;
}

std::string amount_text(const Change& c) {
  if (c.bad) return "to or from NaN or infinity";
  if (std::isinf(c.relative)) return "from zero";
  const double percent = 100 * c.relative;
  return percent >= 1000 ? fmt::format("{:.3g} times its size", c.relative)
                         : fmt::format("{:.3g} %", percent);
}

}  // namespace brickgrad::internal
