// Random numbers are the same on every platform: their first ones are written here.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("the first random numbers of seed 7", "[tensor]") {
  const Tensor u = Tensor::rand({4}, 7), z = Tensor::randn({4}, 7);
  CHECK(identical(u, Tensor::from({0x1.823eca63d6cdbp-1, 0x1.e60acea8f4698p-1, 0x1.e0edcc120696p-4,
                                   0x1.c8a8d809b3fefp-1})));
  CHECK(identical(z, Tensor::from({0x1.607009b7400bfp-1, 0x1.a35b8a300dd33p+0,
                                   -0x1.3021930867dfbp+0, 0x1.3c9cc0d319de1p+0})));
  CHECK(identical(Tensor::rand({2, 2}, 7), reshape(u, {2, 2})));
  CHECK(identical(Tensor::randn({4}, 7, float32), z.to(float32)));
}

TEST_CASE("uniform numbers are at least 0, below 1 and spread evenly", "[tensor]") {
  for (const DType dtype : {float64, float32}) {
    const Tensor u = Tensor::rand({100'000}, 1, dtype);
    CHECK(max(u).item() < 1);
    CHECK(min(u).item() >= 0);
    CHECK_THAT(mean(u.to(float64)).item(), WithinAbs(0.5, 4 * 0.2887 / std::sqrt(1e5)));
    CHECK_THAT(mean(square(u.to(float64) - 0.5)).item(), WithinAbs(1.0 / 12, 1e-3));
  }
}

TEST_CASE("normal numbers have the normal moments", "[tensor]") {
  const Tensor z = Tensor::randn({100'000}, 2);
  const double n = 1e5;
  CHECK_THAT(mean(z).item(), WithinAbs(0, 4 / std::sqrt(n)));
  CHECK_THAT(mean(square(z)).item(), WithinAbs(1, 4 * std::sqrt(2 / n)));
  CHECK_THAT(mean(pow(z, 3.0)).item(), WithinAbs(0, 4 * std::sqrt(15 / n)));
  CHECK_THAT(mean(pow(z, 4.0)).item(), WithinAbs(3, 4 * std::sqrt(96 / n)));
  CHECK_THAT(mean(abs(z) < 1.959963984540054).item(), WithinAbs(0.95, 4 * std::sqrt(0.0475 / n)));
  CHECK_FALSE(std::isnan(sum(z).item()));
}

TEST_CASE("seeds differ", "[tensor]") {
  CHECK_FALSE(identical(Tensor::rand({3}, 1), Tensor::rand({3}, 2)));
  CHECK(identical(Tensor::randn({3}, 5), Tensor::randn({3}, 5)));
}
