// The kernels in use agree with the scalar library, whatever the processor. ctest runs this program
// with each instruction set.
#include <autograd/autograd.hpp>
#include <autograd/tensor/kernels.hpp>
#include <cmath>
#include <cstdlib>
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
