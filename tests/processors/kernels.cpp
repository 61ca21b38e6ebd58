// The kernels in use agree with the scalar library, whatever the processor. ctest runs this program
// with each instruction set.
#include <autograd/autograd.hpp>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <tests/catch.hpp>
#include <vector>

using namespace brickgrad;

namespace {

double tolerance(DType dtype) { return dtype == float64 ? 1e-14 : 4e-6; }

// 1003 elements: whole batches of every width and a remainder. `f` takes a tensor or a number.
template <class F>
void compare(DType dtype, F f) {
  const Tensor x = Tensor::linspace(0.1, 3, 1003, dtype);
  const Tensor y = f(x);
  for (std::int64_t i = 0; i < x.numel(); ++i)
    REQUIRE_THAT(y(i), WithinRel(f(x(i)), tolerance(dtype)));
}

}  // namespace

TEST_CASE("BRICKGRAD_CPU asks for an older processor", "[processors]") {
  const char* wish = std::getenv("BRICKGRAD_CPU");
  const std::string in_use = cpu_features();
  INFO("in use: " << in_use << ", asked for: " << (wish ? wish : "nothing"));
  if (wish && wish == std::string("sse2")) CHECK(in_use == "sse2");
  if (wish && wish == std::string("avx2")) CHECK(in_use != "avx512");
}

TEST_CASE("elementwise kernels agree with the scalar library", "[processors]") {
  const DType dtype = GENERATE(float64, float32);
  compare(dtype, [](const auto& x) { return exp(x); });
  compare(dtype, [](const auto& x) { return log(x + 3); });
  compare(dtype, [](const auto& x) { return tanh(x); });
  compare(dtype, [](const auto& x) { return sqrt(x); });
  compare(dtype, [](const auto& x) { return pow(x, 2.5); });
}

namespace {

/// The distance of a number from an exact one, in units of the last place of the T nearest to it.
template <class T>
double ulps(double actual, long double exact) {
  const T nearest = std::abs(static_cast<T>(exact));
  const T next = std::nextafter(nearest, std::numeric_limits<T>::infinity());
  const long double unit = static_cast<long double>(next) - static_cast<long double>(nearest);
  return static_cast<double>(std::abs(static_cast<long double>(actual) - exact) / unit);
}

/// The largest distance of f on tensors from `exact`, which is computed with 64 bits of mantissa or
/// more.
template <class T, class F, class G>
double worst(double low, double high, F f, G exact) {
  const DType dtype = sizeof(T) == 8 ? float64 : float32;
  const Tensor x = Tensor::linspace(low, high, 100001, dtype);
  const std::vector<double> at = x.to_vector(), y = f(x).to_vector();
  double most = 0;
  for (std::size_t i = 0; i < at.size(); ++i)
    most = std::max(most, ulps<T>(y[i], exact(static_cast<long double>(at[i]))));
  return most;
}

template <class T>
void check_accuracy() {
  constexpr bool wide = sizeof(T) == 8;
  INFO((wide ? "float64 on " : "float32 on ") << cpu_features());
  const auto exponential = [](const Tensor& x) { return exp(x); };
  const auto exact_exp = [](long double x) { return std::exp(x); };
  // Up to the largest and down to the smallest results, denormals included.
  CHECK(worst<T>(wide ? -745 : -103.9, wide ? 709.7 : 88.7, exponential, exact_exp) <= 2);
  CHECK(worst<T>(-1, 1, exponential, exact_exp) <= 2);
  const auto logarithm = [](const Tensor& x) { return log(x); };
  const auto exact_log = [](long double x) { return std::log(x); };
  CHECK(worst<T>(1e-3, 3, logarithm, exact_log) <= 4);
  CHECK(worst<T>(1e-37, 1e37, logarithm, exact_log) <= 4);
  const auto tangent = [](const Tensor& x) { return tanh(x); };
  const auto exact_tanh = [](long double x) { return std::tanh(x); };
  CHECK(worst<T>(-20, 20, tangent, exact_tanh) <= 3);
  CHECK(worst<T>(-1e-3, 1e-3, tangent, exact_tanh) <= 3);
  const auto logistic = [](const Tensor& x) { return sigmoid(x); };
  const auto exact_sigmoid = [](long double x) { return 1 / (1 + std::exp(-x)); };
  CHECK(worst<T>(wide ? -700 : -85, 40, logistic, exact_sigmoid) <= 3);
}

}  // namespace

TEST_CASE("exp is within 2 ULP, tanh and sigmoid within 3, log within 4", "[processors]") {
  check_accuracy<double>();
  check_accuracy<float>();
}

TEST_CASE("exp, tanh and sigmoid of extreme numbers", "[processors]") {
  for (const DType dtype : {float64, float32}) {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
    const Tensor x = Tensor::from({inf, -inf, nan, 0., -0., 710., -800., 1e-30}).to(dtype);
    const Tensor ex = exp(x), tx = tanh(x), sx = sigmoid(x);
    CHECK(ex(0) == inf);
    CHECK(ex(1) == 0);
    CHECK(std::isnan(ex(2)));
    CHECK(ex(3) == 1);
    CHECK(ex(5) == inf);
    CHECK(ex(6) == 0);
    CHECK(tx(0) == 1);
    CHECK(tx(1) == -1);
    CHECK(std::isnan(tx(2)));
    CHECK(tx(4) == 0);
    CHECK(std::signbit(tx(4)));
    CHECK(tx(7) == x(7));
    CHECK(sx(0) == 1);
    CHECK(sx(1) == 0);
    CHECK(std::isnan(sx(2)));
    CHECK(sx(3) == 0.5);
    CHECK(sx(5) == 1);
    CHECK(sx(6) == 0);
    // Where the result is as small as a normal number can be.
    const double low = dtype == float64 ? -708 : -87;
    const Tensor least = sigmoid(Tensor::full({17}, low, dtype));
    CHECK_THAT(least(5), WithinRel(std::exp(low), dtype == float64 ? 1e-15 : 4e-7));
  }
}

TEST_CASE("matrix products agree with the sum of products", "[processors]") {
  const DType dtype = GENERATE(float64, float32);
  const Tensor a = Tensor::rand({37, 53}, 1, dtype), b = Tensor::rand({53, 19}, 2, dtype);
  const Tensor c = matmul(a, b);
  for (std::int64_t i = 0; i < 37; ++i) {
    for (std::int64_t j = 0; j < 19; ++j) {
      double expected = 0;
      for (std::int64_t k = 0; k < 53; ++k) expected += a(i, k) * b(k, j);
      REQUIRE_THAT(c(i, j), WithinRel(expected, 10 * tolerance(dtype)));
    }
  }
}

TEST_CASE("gradients agree with the formula", "[processors]") {
  const DType dtype = GENERATE(float64, float32);
  const Tensor t = Tensor::linspace(-2, 2, 1003, dtype);
  Value x{t};
  sum(tanh(x) * exp(x)).backward();
  const Tensor g = x.grad();
  for (std::int64_t i = 0; i < t.numel(); ++i) {
    const double y = std::tanh(t(i));
    REQUIRE_THAT(g(i), WithinAbs((1 - y * y + y) * std::exp(t(i)), 10 * tolerance(dtype)));
  }
}
