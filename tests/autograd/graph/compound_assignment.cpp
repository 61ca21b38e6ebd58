// a += b means a = a + b: a new node, the old value stays.
#include <tests/autograd/compare.hpp>
#include <utility>

using namespace brickgrad;

TEST_CASE("compound assignment is recorded", "[graph]") {
  Value x = 2.0, y = x;
  y += 3.0;
  y *= x;
  y -= Tensor(1.0);
  y /= x;
  // ((x + 3) x - 1)/x = x + 3 - 1/x
  y.backward();
  CHECK(y.item() == 4.5);
  CHECK(x.grad().item() == 1.25);
  CHECK(x.item() == 2);
}

TEST_CASE("a value combined with itself", "[graph]") {
  for (const Shape& shape : {Shape{}, Shape{3}}) {
    Value x{Tensor::full(shape, 3)};
    Value y = x;
    Value& same = y;
    y += y;
    CHECK(identical(y.data(), Tensor::full(shape, 6)));
    y *= y;
    CHECK(identical(y.data(), Tensor::full(shape, 36)));
    y -= same;
    CHECK(identical(y.data(), Tensor::full(shape, 0)));
    y = x * 1.0;
    y /= same;
    CHECK(identical(y.data(), Tensor::full(shape, 1)));
    Value w = x;
    w += w;
    w *= w;
    sum(w).backward();
    // w = 4 x²
    CHECK(identical(x.grad(), Tensor::full(shape, 24)));
  }
}

TEST_CASE("one operand moved, the other the same value", "[graph]") {
  for (const Shape& shape : {Shape{}, Shape{3}}) {
    Value x{Tensor::full(shape, 3)};
    Value y = x * 1.0;
    const Value sum_of_both = std::move(y) + y;
    CHECK(identical(sum_of_both.data(), Tensor::full(shape, 6)));
    Value z = x * 1.0;
    const Value product = z * std::move(z);
    CHECK(identical(product.data(), Tensor::full(shape, 9)));
    Value w = x * 1.0;
    const Value power = pow(std::move(w), std::move(w));
    CHECK(distance(power.data(), Tensor::full(shape, 27)) < 1e-14);
    sum(sum_of_both + product).backward();
    CHECK(identical(x.grad(), Tensor::full(shape, 8)));
  }
}

TEST_CASE("compound assignment of shapes that do not match leaves the value alone", "[graph]") {
  Value x{Tensor::ones({3})};
  Value y = x * 2.0;
  CHECK(message_of([&] { y += Value(Tensor::ones({4})); }) ==
        "add: shapes (3,) and (4,) cannot be broadcast: 3 against 4 in dimension 0");
  CHECK(identical(y.data(), Tensor::full({3}, 2)));
  y += Tensor::ones({2, 3});
  CHECK(y.shape() == Shape{2, 3});
}

TEST_CASE("assignment over the last handle frees a graph and keeps what is still used", "[graph]") {
  Value x = 2.0;
  Value y = x;
  for (int i = 0; i < 1000; ++i) y = sin(y) + y * 0.5;
  y = x * 3.0;
  y.backward();
  CHECK(x.grad().item() == 3);
}
