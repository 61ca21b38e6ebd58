// Kinks, poles and NaN: what the ops document there, for numbers and arrays of both types alike.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

struct Point {
  double value, derivative;
};

/// fn and its derivative at x, which every path must agree on: a number, an array shorter and
/// longer than a register, float32, and the recorded gradient.
template <class F>
Point at(const F& fn, double x) {
  Value number = x;
  const Value y = fn(number);
  y.backward();
  const Point p{y.item(), number.grad().item()};
  INFO("at " << x);
  for (const DType dtype : {float64, float32})
    for (const std::int64_t n : {1, 21}) {
      Value array{Tensor::full({n}, x, dtype)};
      const Value z = fn(array);
      z.backward(Tensor::ones({n}, dtype));
      const double tolerance = dtype == float64 ? 1e-14 : 1e-6;
      CHECK(distance(z.data(), Tensor::full({n}, p.value, dtype)) < tolerance);
      CHECK(distance(array.grad(), Tensor::full({n}, p.derivative, dtype)) < tolerance);
    }
  Value again = x;
  const Value recorded = grad(fn(again), again, {.create_graph = true});
  CHECK(distance(recorded.item(), p.derivative) < 1e-14);
  return p;
}

template <class F>
void check(const F& fn, double x, double value, double derivative) {
  const Point p = at(fn, x);
  INFO("at " << x << ": " << p.value << ", derivative " << p.derivative);
  CHECK(distance(p.value, value) < 1e-14);
  CHECK(distance(p.derivative, derivative) < 1e-14);
}

}  // namespace

TEST_CASE("abs and sign at 0", "[ops]") {
  const auto absolute = [](const Value& x) { return abs(x); };
  check(absolute, 0, 0, 0);
  check(absolute, -0.0, 0, 0);
  check(absolute, -2, 2, -1);
  check(absolute, infinity, infinity, 1);
  check(absolute, quiet_nan, quiet_nan, 0);
  const auto signum = [](const Value& x) { return sign(x); };
  check(signum, 0, 0, 0);
  check(signum, -3, -1, 0);
  check(signum, infinity, 1, 0);
  check(signum, quiet_nan, quiet_nan, 0);
}

TEST_CASE("relu and its relatives at 0 and NaN", "[ops]") {
  const auto rectified = [](const Value& x) { return relu(x); };
  check(rectified, 0, 0, 0);
  check(rectified, -1, 0, 0);
  check(rectified, 1e-30, 1e-30, 1);
  check(rectified, -infinity, 0, 0);
  const auto not_a_number = at(rectified, quiet_nan);
  CHECK(std::isnan(not_a_number.value));
  check([](const Value& x) { return leaky_relu(x); }, 0, 0, 0.01);
  check([](const Value& x) { return leaky_relu(x, 0.25); }, -4, -1, 0.25);
  check([](const Value& x) { return elu(x); }, 0, 0, 1);
  check([](const Value& x) { return elu(x, 2.0); }, -infinity, -2, 0);
  check([](const Value& x) { return elu(x); }, 1000, 1000, 1);
}

TEST_CASE("clamp lets gradients through on its limits and not beyond", "[ops]") {
  const auto limited = [](const Value& x) { return clamp(x, -1, 2); };
  check(limited, -1, -1, 1);
  check(limited, 2, 2, 1);
  check(limited, -1.5, -1, 0);
  check(limited, 2.5, 2, 0);
  check(limited, infinity, 2, 0);
  CHECK(std::isnan(at(limited, quiet_nan).value));
}

TEST_CASE("sqrt, cbrt, log and reciprocal at 0", "[ops]") {
  check([](const Value& x) { return sqrt(x); }, 0, 0, infinity);
  check([](const Value& x) { return cbrt(x); }, 0, 0, infinity);
  check([](const Value& x) { return log(x); }, 0, -infinity, infinity);
  check([](const Value& x) { return reciprocal(x); }, 0, infinity, -infinity);
  CHECK(std::isnan(at([](const Value& x) { return sqrt(x); }, -1).value));
  CHECK(std::isnan(at([](const Value& x) { return log(x); }, -1).value));
}

TEST_CASE("pow at 0", "[ops]") {
  check([](const Value& x) { return pow(x, 2.0); }, 0, 0, 0);
  check([](const Value& x) { return pow(x, 1.0); }, 0, 0, 1);
  check([](const Value& x) { return pow(x, 0.0); }, 0, 1, 0);
  check([](const Value& x) { return pow(x, 0.5); }, 0, 0, infinity);
  check([](const Value& x) { return pow(x, -1.0); }, 0, infinity, -infinity);
  check([](const Value& x) { return pow(x, 3.0); }, -2, -8, 12);
  check([](const Value& b) { return pow(0.0, b); }, 2, 0, 0);
  check([](const Value& b) { return pow(0.0, b); }, 0, 1, 0);
  check([](const Value& b) { return pow(2.0, b); }, 3, 8, 8 * std::log(2.0));
}

TEST_CASE("maximum and minimum share a tie and keep NaN", "[ops]") {
  const auto larger = [](const Value& x) { return maximum(x, 1.0); };
  const auto smaller = [](const Value& x) { return minimum(x, 1.0); };
  check(larger, 1, 1, 0.5);
  check(smaller, 1, 1, 0.5);
  check(larger, 3, 3, 1);
  check(smaller, 3, 1, 0);
  check(larger, -infinity, 1, 0);
  const std::vector<std::pair<double, double>> pairs = {
      {quiet_nan, 1}, {1, quiet_nan}, {quiet_nan, quiet_nan}, {quiet_nan, infinity}};
  for (const auto& [a, b] : pairs) {
    CHECK(std::isnan(maximum(Value(a), Value(b)).item()));
    CHECK(std::isnan(minimum(Value(a), Value(b)).item()));
    CHECK(std::isnan(maximum(Tensor::full({9}, a), Tensor::full({9}, b))(8)));
    CHECK(std::isnan(minimum(Tensor::full({9}, a), Tensor::full({9}, b))(0)));
  }
  for (const auto& f : {+[](const Value&x, const Value&y) { return maximum(x, y); },
                        +[](const Value&x, const Value&y) { return minimum(x, y); }}) {
    Value x = quiet_nan, y = 1.0;
    f(x, y).backward();
    CHECK(x.grad().item() == 1);
    CHECK(y.grad().item() == 1);
  }
  Value a = 2.0, b = 2.0;
  maximum(a, b).backward();
  CHECK(a.grad().item() == 0.5);
  CHECK(b.grad().item() == 0.5);
}

TEST_CASE("max over axes shares ties and lets NaN win", "[ops]") {
  Value x{Tensor::from({{1., 5., 5., 5.}, {7., 2., 2., 2.}})};
  const Value y = max(x, 1);
  CHECK(identical(y.data(), Tensor::from({5., 7.})));
  y.backward(Tensor::from({3., 1.}));
  CHECK(distance(x.grad(), Tensor::from({{0., 1., 1., 1.}, {1., 0., 0., 0.}})) < 1e-15);
  CHECK(min(x).item() == 1);
  for (const std::int64_t n : {3, 40})
    for (std::int64_t at = 0; at < n; ++at) {
      Tensor t = Tensor::ones({n});
      t.set({at}, quiet_nan);
      CHECK(std::isnan(max(t).item()));
    }
  CHECK(max(Tensor::full({5}, -infinity)).item() == -infinity);
}

TEST_CASE("sigmoid, softplus and tanh far out", "[ops]") {
  check([](const Value& x) { return softplus(x); }, 1000, 1000, 1);
  check([](const Value& x) { return softplus(x); }, -1000, 0, 0);
  check([](const Value& x) { return softplus(x); }, 0, std::log(2.0), 0.5);
  check([](const Value& x) { return softplus(x); }, infinity, infinity, 1);
  check([](const Value& x) { return softplus(x); }, -infinity, 0, 0);
  check([](const Value& x) { return sigmoid(x); }, 1000, 1, 0);
  check([](const Value& x) { return sigmoid(x); }, -1000, 0, 0);
  check([](const Value& x) { return sigmoid(x); }, -infinity, 0, 0);
  check([](const Value& x) { return tanh(x); }, 1000, 1, 0);
  check([](const Value& x) { return tanh(x); }, -infinity, -1, 0);
  check([](const Value& x) { return silu(x); }, 1000, 1000, 1);
  check([](const Value& x) { return silu(x); }, -1000, 0, 0);
  check([](const Value& x) { return gelu(x); }, 100, 100, 1);
  check([](const Value& x) { return gelu(x); }, -100, 0, 0);
}

TEST_CASE("gelu keeps its digits far below 0", "[ops]") {
  for (const double x : {-2.0, -3.5, -5.0, -9.0}) {
    const double wanted = 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    for (const DType dtype : {float64, float32}) {
      const Tensor y = gelu(Tensor::full({21}, x, dtype));
      const double tolerance = dtype == float64 ? 1e-12 : 2e-5;
      CHECK(std::abs(y(0) - wanted) <= tolerance * std::abs(wanted));
      CHECK(std::abs(y(20) - wanted) <= tolerance * std::abs(wanted));
    }
  }
}
