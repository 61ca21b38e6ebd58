// Masks: each comparison, beside plain loops.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("comparisons with one number, on either side", "[tensor]") {
  const Tensor x = Tensor::from({1., 2., 3., NAN});
  CHECK(identical(x < 2.0, Tensor::from({1., 0., 0., 0.})));
  CHECK(identical(x <= 2.0, Tensor::from({1., 1., 0., 0.})));
  CHECK(identical(x > 2.0, Tensor::from({0., 0., 1., 0.})));
  CHECK(identical(x >= 2.0, Tensor::from({0., 1., 1., 0.})));
  CHECK(identical(x == 2.0, Tensor::from({0., 1., 0., 0.})));
  CHECK(identical(x != 2.0, Tensor::from({1., 0., 1., 1.})));
  CHECK(identical(2.0 < x, x > 2.0));
  CHECK(identical(2.0 >= x, x <= 2.0));
  CHECK((Tensor(2.0) < 3.0).rank() == 0);
  CHECK((Tensor::from({{2.}}) < Tensor::from({1., 3.})).shape() == Shape{1, 2});
}

TEST_CASE("comparisons broadcast, and take the wider element type", "[tensor]") {
  const Tensor row = Tensor::from({1., 2., 3.}), column = Tensor::from({{2.}, {3.}});
  CHECK(identical(row < column, Tensor::from({{1., 0., 0.}, {1., 1., 0.}})));
  CHECK(identical(column > row, row < column));
  const Tensor mixed = row.to(float32) == row;
  CHECK(mixed.dtype() == float64);
  CHECK(identical(mixed, Tensor::ones({3})));
  CHECK((row.to(float32) > 1.0).dtype() == float32);
  CHECK((Tensor::zeros({0, 3}) < row).shape() == Shape{0, 3});
  CHECK((Tensor::zeros({0}) < 1.0).shape() == Shape{0});
  CHECK_THROWS_WITH(row < Tensor::zeros({2}), contains("comparison"));
}

TEST_CASE("large comparisons, of views too, on several threads", "[tensor]") {
  const DType dtype = GENERATE(float64, float32);
  const Tensor x = Tensor::randn({300, 401}, 1, dtype), y = Tensor::randn({401, 300}, 2, dtype);
  const Tensor mask = x < transpose(y);
  double wrong = 0, ones = 0;
  for (std::int64_t i = 0; i < 300; ++i)
    for (std::int64_t j = 0; j < 401; ++j) {
      wrong += mask(i, j) != (x(i, j) < y(j, i) ? 1 : 0);
      ones += mask(i, j);
    }
  CHECK(wrong == 0);
  CHECK(ones > 300 * 401 / 3);
}
