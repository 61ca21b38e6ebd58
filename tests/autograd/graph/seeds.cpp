// backward() of values that are no scalars, and what it says when it cannot.
#include <cmath>
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("a seed weights the outputs", "[graph]") {
  Value x{Tensor::from({{1., 2.}, {3., 4.}})};
  const Value y = x * x;
  y.backward(Tensor::from({{1., 0.}, {-1., 10.}}));
  CHECK(identical(x.grad(), Tensor::from({{2., 0.}, {-6., 80.}})));
}

TEST_CASE("a seed may be a view, of the other type, or shared", "[graph]") {
  Value x{Tensor::ones({2, 3})};
  const Value y = x * 2.0;
  const Tensor seed = Tensor::arange(0, 6);
  y.backward(transpose(reshape(seed, {3, 2})));
  CHECK(identical(x.grad(), Tensor::from({{0., 4., 8.}, {2., 6., 10.}})));
  x.zero_grad();
  y.backward(Tensor::ones({2, 3}, float32));
  CHECK(identical(x.grad(), Tensor::full({2, 3}, 2)));
  x.zero_grad();
  y.backward(broadcast_to(Tensor::from({1., 2., 3.}), {2, 3}));
  CHECK(identical(x.grad(), Tensor::from({{2., 4., 6.}, {2., 4., 6.}})));
}

TEST_CASE("a seed stays the caller's", "[graph]") {
  for (const std::int64_t n : {3, 2000}) {
    Tensor seed = Tensor::ones({n});
    Value x{Tensor::ones({n})};
    x.backward(seed);
    seed.fill_(5);
    CHECK(identical(x.grad(), Tensor::ones({n})));

    Tensor other = Tensor::ones({n});
    const Value y = x * 2.0;
    y.retain_grad();
    y.backward(other);
    other.fill_(7);
    CHECK(identical(y.grad(), Tensor::ones({n})));
    y.grad().fill_(9);
    CHECK(identical(other, Tensor::full({n}, 7)));
  }
}

TEST_CASE("a seed that is handed on stays the caller's", "[graph]") {
  constexpr std::int64_t n = 64;
  const auto scaled = [](double a) { return Tensor::full({n, n}, a); };
  // As it is to a leaf, to a value that keeps its gradient, and to one that receives more.
  Value x{Tensor::ones({n * n})};
  Tensor seed = scaled(1);
  const Value once = reshape(x, {n, n}),
              twice = reshape(reshape(reshape(x, {n, n}), {n * n}), {n, n});
  for (const Value& y : {once, twice}) {
    x.zero_grad();
    y.backward(seed);
    x.grad().fill_(9);
    CHECK(identical(seed, scaled(1)));
  }
  const Value inner = reshape(x, {n, n}), outer = reshape(inner, {n * n});
  inner.retain_grad();
  outer.backward(reshape(seed, {n * n}));
  inner.grad().fill_(9);
  CHECK(identical(seed, scaled(1)));
  for (int i = 0; i < 2; ++i) {
    const Value b = reshape(x, {n, n});
    const Value y = linear(i == 0 ? exp(b) : transpose(b), Value(Tensor::eye(n)), b);
    x.zero_grad();
    y.backward(seed);
    CHECK(identical(seed, scaled(1)));
    CHECK(x.grad()(1) == Approx(i == 0 ? 1 + std::exp(1.0) : 2));
  }
  // Some rows of a tensor, from the beginning and from the middle.
  const Tensor rows = reshape(Tensor::arange(0, 3.0 * n * n), {3 * n, n});
  for (const std::int64_t from : {std::int64_t{0}, n}) {
    const Tensor some = slice(rows, 0, from, from + n);
    x.zero_grad();
    once.backward(some);
    CHECK(identical(reshape(x.grad(), {n, n}), some));
  }
  // All gradients are asked for.
  const Value kept = reshape(x, {n, n});
  kept.backward(seed, {.retain_grad = true});
  kept.grad().fill_(9);
  CHECK(identical(seed, scaled(1)));
  // The gradient so far as the next seed.
  Value z{scaled(1)};
  (z * 1.0).backward(seed);
  matmul(z, Tensor::eye(n)).backward(z.grad());
  CHECK(identical(z.grad(), scaled(2)));
  reshape(z, {n * n}).backward(reshape(z.grad(), {n * n}));
  CHECK(identical(z.grad(), scaled(4)));
}

TEST_CASE("backward says what it wants", "[graph]") {
  Value x{Tensor::ones({2, 3})};
  CHECK(message_of([&] { (x * x).backward(); }) ==
        "backward: this value has shape (2, 3), not (); reduce it with sum() or mean(), or pass a "
        "seed of its shape");
  CHECK(message_of([&] { reshape(sum(x), {1}).backward(); }) ==
        "backward: this value has shape (1,), not (); reduce it with sum() or mean(), or pass a "
        "seed of its shape");
  CHECK(message_of([&] { (x * x).backward(Tensor::ones({3})); }) ==
        "backward: the seed has shape (3,), the value (2, 3); they must be the same");
  CHECK(message_of([&] { sum(x).backward(Tensor::ones({1})); }) ==
        "backward: the seed has shape (1,), the value (); they must be the same");
  const std::string no_leaf =
      "backward: this value was computed from no leaf that receives a gradient (constants, "
      "detach() or no_grad)";
  CHECK(message_of([] { sum(constant(Tensor::ones({3}))).backward(); }) == no_leaf);
  CHECK(message_of([&] { sum(x.detach()).backward(); }) == no_leaf);
  CHECK(message_of([&] { x.detach().backward(Tensor::ones({2, 3})); }) == no_leaf);
  CHECK_FALSE(x.has_grad());
}

TEST_CASE("backward of no elements", "[graph]") {
  Value x{Tensor::zeros({0, 3})};
  const Value y = exp(x) * x;
  CHECK(y.shape() == Shape{0, 3});
  sum(y).backward();
  CHECK(identical(x.grad(), Tensor::zeros({0, 3})));
  y.backward(Tensor::zeros({0, 3}));
  CHECK(x.grad().shape() == Shape{0, 3});
  Value row{Tensor::ones({3})};
  sum(x * row).backward();
  CHECK(identical(row.grad(), Tensor::zeros({3})));
}
