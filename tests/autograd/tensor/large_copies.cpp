// Copies of transposed matrices too large for the cache are written past it.
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
