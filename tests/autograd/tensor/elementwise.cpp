// Elementwise kernels against the scalar library, within the error bounds of a vector library.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

/// The error in units in the last place of the expected number.
template <class T>
double ulps(double actual, double expected) {
  if ((std::isnan(actual) && std::isnan(expected)) || actual == expected) return 0;
  if (!std::isfinite(actual) || !std::isfinite(expected)) return infinity;
  const T e = static_cast<T>(std::abs(expected));
  const double step = static_cast<double>(std::nextafter(e, std::numeric_limits<T>::max()) - e);
  return std::abs(actual - expected) / step;
}

template <class OfTensor, class OfNumber>
void check(const char* name, double low, double high, double most, OfTensor of_tensor,
           OfNumber of_number) {
  for (const DType dtype : {float64, float32})
    for (const std::int64_t n : {1, 3, 7, 8, 9, 16, 17, 1003}) {
      const Tensor x = Tensor::linspace(low, high, n, dtype);
      const Tensor y = of_tensor(x);
      double worst = 0, at = 0;
      for (std::int64_t i = 0; i < n; ++i) {
        const double expected = of_number(x(i));
        const double u = dtype == float64
                             ? ulps<double>(y(i), expected)
                             : ulps<float>(y(i), static_cast<double>(static_cast<float>(expected)));
        if (u > worst) at = x(i);
        worst = std::max(worst, u);
      }
      INFO(name << ", " << dtype_name(dtype) << ", " << n << " elements: " << worst << " ULP at "
                << at);
      CHECK(worst <= most);
    }
}

}  // namespace

#define CHECK_FUNCTION(f, low, high) \
  check(                             \
      #f, low, high, 4, [](const Tensor& x) { return f(x); }, [](double x) { return std::f(x); })

TEST_CASE("vector functions are within 4 ULP", "[tensor]") {
  CHECK_FUNCTION(exp, -80, 80);
  CHECK_FUNCTION(exp2, -100, 100);
  CHECK_FUNCTION(expm1, -5, 5);
  CHECK_FUNCTION(log, 1e-3, 100);
  CHECK_FUNCTION(log2, 1e-3, 100);
  CHECK_FUNCTION(log10, 1e-3, 100);
  CHECK_FUNCTION(log1p, -0.9, 10);
  CHECK_FUNCTION(sin, -10, 10);
  CHECK_FUNCTION(cos, -10, 10);
  CHECK_FUNCTION(tan, -1.5, 1.5);
  CHECK_FUNCTION(asin, -1, 1);
  CHECK_FUNCTION(acos, -1, 1);
  CHECK_FUNCTION(atan, -20, 20);
  CHECK_FUNCTION(sinh, -10, 10);
  CHECK_FUNCTION(cosh, -10, 10);
  CHECK_FUNCTION(tanh, -10, 10);
  CHECK_FUNCTION(asinh, -20, 20);
  CHECK_FUNCTION(acosh, 1, 20);
  CHECK_FUNCTION(atanh, -0.95, 0.95);
  CHECK_FUNCTION(erf, -4, 4);
  CHECK_FUNCTION(erfc, -4, 4);
  CHECK_FUNCTION(cbrt, -10, 10);
}

TEST_CASE("exp, tanh and sigmoid are within fewer", "[tensor]") {
  const auto sigmoid_of = [](double x) { return 1 / (1 + std::exp(-x)); };
  // Around 0, where tanh's numbers cancel, and as far as the results differ from their limits.
  for (const double most : {1e-300, 1e-9, 0.3, 1.0, 9.0, 25.0}) {
    INFO("up to " << most);
    check(
        "exp", -most, most, 2, [](const Tensor& x) { return exp(x); },
        [](double x) { return std::exp(x); });
    check(
        "tanh", -most, most, 3, [](const Tensor& x) { return tanh(x); },
        [](double x) { return std::tanh(x); });
    check(
        "sigmoid", -most, most, 3, [](const Tensor& x) { return sigmoid(x); }, sigmoid_of);
  }
  const Tensor zeros = tanh(Tensor::from({0.0, -0.0}));
  CHECK_FALSE(std::signbit(zeros(0)));
  CHECK(std::signbit(zeros(1)));
  CHECK(tanh(Tensor::from({1e300, -infinity}))(0) == 1);
  CHECK(tanh(Tensor::from({1e300, -infinity}))(1) == -1);
}

TEST_CASE("arithmetic is exact", "[tensor]") {
  check(
      "sqrt", 0, 100, 0, [](const Tensor& x) { return sqrt(x); },
      [](double x) { return std::sqrt(x); });
  check(
      "square", 0, 3, 0.5, [](const Tensor& x) { return square(x); },
      [](double x) { return x * x; });
  check(
      "abs", -3, 3, 0, [](const Tensor& x) { return abs(x); },
      [](double x) { return std::abs(x); });
  check(
      "a/b", 1, 7, 0.5, [](const Tensor& x) { return 3 / x; }, [](double x) { return 3 / x; });
}

TEST_CASE("functions of two arguments", "[tensor]") {
  check(
      "pow", 0.1, 10, 4, [](const Tensor& x) { return pow(x, 2.5); },
      [](double x) { return std::pow(x, 2.5); });
  check(
      "2^x", -20, 20, 4, [](const Tensor& x) { return pow(2.0, x); },
      [](double x) { return std::pow(2.0, x); });
  check(
      "atan2", -5, 5, 4, [](const Tensor& x) { return atan2(x, 1.5); },
      [](double x) { return std::atan2(x, 1.5); });
  check(
      "pow of negative numbers", -4, -0.5, 4, [](const Tensor& x) { return pow(x, 3.0); },
      [](double x) { return std::pow(x, 3.0); });
}

TEST_CASE("special arguments, in every lane", "[tensor]") {
  const std::vector<double> special = {0.0, -0.0, infinity, -infinity, quiet_nan,
                                       1,   -1,   1e-310,   1e308};
  for (const double s : special)
    for (std::int64_t at = 0; at < 17; ++at) {
      Tensor x = Tensor::full({17}, 0.5);
      x.set({at}, s);
      INFO("argument " << s << " in place " << at);
      CHECK(ulps<double>(exp(x)(at), std::exp(s)) <= 4);
      CHECK(ulps<double>(log(x)(at), std::log(s)) <= 4);
      CHECK(ulps<double>(tanh(x)(at), std::tanh(s)) <= 4);
      CHECK(ulps<double>(sqrt(x)(at), std::sqrt(s)) == 0);
      CHECK(ulps<double>(abs(x)(at), std::abs(s)) == 0);
      CHECK(ulps<double>((-x)(at), -s) == 0);
      CHECK(ulps<double>(exp(x)((at + 1) % 17), std::exp(0.5)) <= 4);
      CHECK(identical(x < 0.25, Tensor::zeros({17}) +
                                    embed(Tensor::from({s < 0.25 ? 1. : 0.}), Shape{17}, 0, at)));
    }
}

TEST_CASE("operands of all layouts give the same numbers", "[tensor]") {
  for (const DType dtype : {float64, float32}) {
    const Tensor a = Tensor::randn({37, 41}, 1, dtype), b = Tensor::randn({37, 41}, 2, dtype);
    const Tensor expected = a * b + a;
    const Tensor at = transpose(transpose(a).clone()), bt = transpose(transpose(b).clone());
    CHECK(identical(at * b + at, expected));
    CHECK(identical(a * bt + at, expected));
    CHECK(identical(at * bt + at, expected));
    const Tensor wide = Tensor::zeros({37, 82}, dtype);
    slice(wide, 1, 0, 82, 2).copy_(a);
    CHECK(identical(slice(wide, 1, 0, 82, 2) * b + a, expected));
    const Tensor row = a[5], column = slice(a, 1, 3, 4);
    CHECK(identical(b + row, b + broadcast_to(row, {37, 41}).clone()));
    CHECK(identical(b - column, b - broadcast_to(column, {37, 41}).clone()));
    CHECK(identical(row * column, broadcast_to(row, {37, 41}) * broadcast_to(column, {37, 41})));
  }
}

TEST_CASE("operands without leading dimensions of 1", "[tensor]") {
  for (const std::int64_t n : {7, 32768, 32769, 40000}) {
    INFO(n);
    const Tensor row = Tensor::arange(n), batch = Tensor::zeros({1, 1, n}) + row;
    CHECK(identical(reshape(batch, {n}), row));
    Value a{Tensor::ones({1, n})}, b{row};
    (a * b).backward(Tensor::full({1, n}, 2.0));
    CHECK(identical(reshape(a.grad(), {n}), row * 2.0));
    CHECK(identical(b.grad(), Tensor::full({n}, 2.0)));
  }
  // One operand that repeats beside one that only lacks a dimension.
  Value a{reshape(Tensor::arange(6), {2, 3}).clone()}, b{Tensor::zeros({3})};
  const Value y = where(Tensor::ones({1, 2, 3}), a, b);
  y.backward(Tensor::ones({1, 2, 3}));
  CHECK(identical(reshape(y.data(), {6}), Tensor::arange(6)));
  CHECK(identical(a.grad(), Tensor::ones({2, 3})));
  CHECK(identical(b.grad(), Tensor::zeros({3})));
}
