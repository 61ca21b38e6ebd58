// The kernels in use agree with the scalar library, whatever the processor. ctest runs this program
// with each instruction set.
#include <autograd/autograd.hpp>
#include <autograd/tensor/kernels.hpp>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <tests/catch.hpp>

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

/// The distance of a float from a number in units of the last place of the float nearest to it.
double ulps(double actual, double exact) {
  const auto nearest = static_cast<float>(exact);
  const double unit = static_cast<double>(std::nextafter(std::abs(nearest), 1e38f)) -
                      static_cast<double>(std::abs(nearest));
  return std::abs(actual - exact) / unit;
}

}  // namespace

TEST_CASE("exp and tanh of float32 are within 2 ULP", "[processors]") {
  // Up to the largest and down to the smallest results, denormals included.
  const Tensor wide = Tensor::linspace(-103.9, 88.7, 200001, float32),
               narrow = Tensor::linspace(-10, 10, 200001, float32);
  double worst_exp = 0, worst_tanh = 0;
  const Tensor e = exp(wide), t = tanh(narrow);
  for (std::int64_t i = 0; i < wide.numel(); ++i) {
    worst_exp = std::max(worst_exp, ulps(e(i), std::exp(wide(i))));
    worst_tanh = std::max(worst_tanh, ulps(t(i), std::tanh(narrow(i))));
  }
  CHECK(worst_exp < 2);
  CHECK(worst_tanh < 2);
  const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
  const Tensor x = Tensor::from({inf, -inf, nan, 0., -0., 89., -200., 1e-30}).to(float32);
  const Tensor ex = exp(x), tx = tanh(x);
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
