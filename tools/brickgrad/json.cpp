#include "json.hpp"

#include <charconv>
#include <cmath>

namespace tools {

using nlohmann::ordered_json;

namespace {

/// A float32 is written in as few digits as tell it from its neighbours.
double shortest(double x, brickgrad::DType dtype) {
  if (dtype == brickgrad::float64) return x;
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), static_cast<float>(x)).ptr;
  double out = x;
  std::from_chars(std::begin(text), end, out);
  return out;
}

ordered_json number(double x, brickgrad::DType dtype) {
  if (std::isnan(x)) return "nan";
  if (std::isinf(x)) return x > 0 ? "inf" : "-inf";
  return shortest(x, dtype);
}

}  // namespace

ordered_json to_json(const brickgrad::Tensor& t) {
  if (t.rank() == 0) return number(t.item(), t.dtype());
  ordered_json rows = ordered_json::array();
  if (t.rank() == 1) {
    for (const double x : t.to_vector()) rows.push_back(number(x, t.dtype()));
    return rows;
  }
  for (std::int64_t i = 0; i < t.shape()[0]; ++i) rows.push_back(to_json(t[i]));
  return rows;
}

}  // namespace tools
