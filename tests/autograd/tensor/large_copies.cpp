// Results too large for the cache, which are written past it.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("large transposed copies", "[tensor]") {
  for (const DType dtype : {float64, float32})
    for (const std::int64_t columns : {1504, 1501, 3}) {
      INFO(dtype_name(dtype) << ", rows of " << columns);
      const std::int64_t rows = 2'250'000 / columns;
      const Tensor x = Tensor::rand({rows, columns}, 1, dtype), turned = transpose(x).contiguous();
      CHECK(turned.shape() == Shape{columns, rows});
      CHECK(identical(transpose(turned).contiguous(), x));
      for (const std::int64_t i : {std::int64_t{0}, columns / 2, columns - 1})
        CHECK(identical(turned[i], reshape(slice(x, 1, i, i + 1), {rows})));
    }
}

TEST_CASE("softmax of rows too large for the cache is that of each row", "[tensor]") {
  for (const DType dtype : {float64, float32})
    for (const std::int64_t columns : {4096, 1501}) {
      const Tensor x = Tensor::randn({2'250'000 / columns, columns}, 1, dtype), y = softmax(x);
      INFO(dtype_name(dtype) << ", rows of " << columns);
      for (const std::int64_t i : {std::int64_t{0}, std::int64_t{7}, x.size(0) - 1})
        CHECK(identical(y[i], softmax(x[i])));
    }
}
