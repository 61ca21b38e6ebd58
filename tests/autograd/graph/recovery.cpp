// An exception in the middle of a backward pass leaves everything usable.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("backward works again after it threw", "[graph]") {
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{2000}}) {
    INFO(to_string(shape));
    Value x{Tensor::full(shape, 2)}, w{Tensor::full(shape, 3)};
    // Many nodes of one depth, so that some wait while another throws.
    std::vector<Value> arms;
    for (int i = 0; i < 10; ++i) arms.push_back(sin(x * static_cast<double>(i)));
    const Value bad = w * w;
    Value total = sum(bad);
    for (const Value& arm : arms) total = total + sum(arm);
    w.add_(1.0);
    CHECK_THROWS_AS(total.backward(), Error);

    x.zero_grad();
    w.zero_grad();
    Value fresh = sum(w * w);
    for (const Value& arm : arms) fresh = fresh + sum(arm);
    fresh.backward();
    double expected = 0;
    for (int i = 0; i < 10; ++i) expected += i * std::cos(2.0 * i);
    CHECK(distance(x.grad(), Tensor::full(shape, expected)) < 1e-13);
    CHECK(identical(w.grad(), Tensor::full(shape, 8)));
    // The arms alone, which the failed pass had marked.
    x.zero_grad();
    sum(arms[3]).backward();
    CHECK(distance(x.grad(), Tensor::full(shape, 3 * std::cos(6.0))) < 1e-14);
    CHECK_THROWS_AS(total.backward(), Error);
  }
}

TEST_CASE("grad works again after it threw", "[graph]") {
  Value x = 2.0, w = 3.0;
  const Value total = w * w + x * x;
  w.add_(1.0);
  CHECK_THROWS_AS(grad(total, {w, x}), Error);
  CHECK((x * x).requires_grad());
  CHECK(grad(total, x).item() == 4);
  CHECK_THROWS_AS(grad(total, {w}, {.create_graph = true}), Error);
  CHECK(grad(x * x, x).item() == 4);
}

TEST_CASE("an op that throws leaves its operands alone", "[graph]") {
  Value a{Tensor::ones({2, 3})}, b{Tensor::ones({4, 5})};
  for (int i = 0; i < 100; ++i) {
    CHECK_THROWS_AS(matmul(a, b), Error);
    CHECK_THROWS_AS(a + b, Error);
    CHECK_THROWS_AS(concat(std::vector<Value>{a, b}), Error);
    CHECK_THROWS_AS(reshape(a, {7}), Error);
    CHECK_THROWS_AS(where(a > 0, a, b), Error);
  }
  sum(a * a).backward();
  CHECK(identical(a.grad(), Tensor::full({2, 3}, 2)));
}
