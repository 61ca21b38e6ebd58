// grad(): derivatives as values, to leaves and interior values, of any order.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("grad leaves the gradients of leaves alone", "[transform]") {
  Value x{Tensor::from({1., 2.})};
  const Value g = grad(sum(x * x * x), x);
  CHECK(identical(g.data(), Tensor::from({3., 12.})));
  CHECK_FALSE(x.has_grad());
  CHECK_FALSE(g.requires_grad());
}

TEST_CASE("grad to several values", "[transform]") {
  Value x = 2.0, y = 3.0, z = 5.0;
  const auto g = grad(x * x * y, {x, y, z, x});
  CHECK(g[0].item() == 12);
  CHECK(g[1].item() == 4);
  CHECK(g[2].item() == 0);
  CHECK(g[3].item() == 12);
}

TEST_CASE("grad to an interior value treats it as an input", "[transform]") {
  Value x = 2.0;
  const Value y = x * x, z = y * y + x;
  const auto g = grad(z, {y, x});
  CHECK(g[0].item() == 8);
  CHECK(g[1].item() == 33);
  CHECK(grad(z, z).item() == 1);
  CHECK(grad(y, z).item() == 0);
  const Value w = sin(y);
  const auto both = grad(w * y, {w, y});
  CHECK(both[0].item() == 4);
  CHECK(distance(both[1].item(), std::sin(4.0) + 4 * std::cos(4.0)) < 1e-15);
}

TEST_CASE("what does not matter has a gradient of zeros", "[transform]") {
  Value x{Tensor::ones({2, 3}, float32)}, y = 2.0;
  const Value g = grad(y * y, x);
  CHECK(identical(g.data(), Tensor::zeros({2, 3}, float32)));
  CHECK(grad(constant(Tensor(3.0)), y).item() == 0);
  CHECK(grad(y.detach() * y.detach(), y).item() == 0);
}

TEST_CASE("gradients have the shape and the type of what they belong to", "[transform]") {
  Value x{Tensor::ones({3}, float32)}, wide{Tensor::ones({2, 3})};
  const Value y = x * wide;
  const auto g = grad(sum(y), {x, wide});
  CHECK(identical(g[0].data(), Tensor::full({3}, 2, float32)));
  CHECK(identical(g[1].data(), Tensor::ones({2, 3})));
  const Value narrow = x * x;
  const auto seeded = grad(narrow, {x}, constant(Tensor::ones({3})));
  CHECK(identical(seeded[0].data(), Tensor::full({3}, 2, float32)));
  const auto [value, pull] = vjp([](const Value& v) { return v * v; }, x.data());
  CHECK(pull(Tensor::ones({3})).dtype() == float32);
}

TEST_CASE("grad and backward agree", "[transform]") {
  Value a{Tensor::randn({4, 3}, 1)}, b{Tensor::randn({3, 5}, 2)}, c{Tensor::randn({5}, 3)};
  const Value f = logsumexp(tanh(matmul(a, b) + c)) + mean(softmax(matmul(a, b), 0) * 3.0) +
                  sum(max(square(a), 1));
  const auto g = grad(f, {a, b, c});
  f.backward();
  CHECK(distance(g[0].data(), a.grad()) < 1e-14);
  CHECK(distance(g[1].data(), b.grad()) < 1e-14);
  CHECK(distance(g[2].data(), c.grad()) < 1e-14);
}

TEST_CASE("third order", "[transform]") {
  Value x = 2.0;
  const GradOptions record{.create_graph = true};
  const Value f = pow(x, 4.0) + sin(x);
  const Value first = grad(f, x, record), second = grad(first, x, record);
  const Value third = grad(second, x, record), fourth = grad(third, x);
  CHECK(distance(first.item(), 32 + std::cos(2.0)) < 1e-14);
  CHECK(distance(second.item(), 48 - std::sin(2.0)) < 1e-14);
  CHECK(distance(third.item(), 48 - std::cos(2.0)) < 1e-14);
  CHECK(distance(fourth.item(), 24 + std::sin(2.0)) < 1e-14);
  second.backward();
  CHECK(distance(x.grad().item(), third.item()) < 1e-14);

  Value v{Tensor::from({0., 0.5, -1.})};
  Value y = sum(exp(2.0 * v));
  for (int order = 0; order < 3; ++order) y = sum(grad(y, v, record));
  CHECK(distance(y.item(), 8 * (1 + std::exp(1.0) + std::exp(-2.0))) < 1e-14);

  Value zero = 0.0;
  Value cube = pow(zero, 3.0);
  for (const double expected : {0.0, 0.0, 6.0}) {
    cube = grad(cube, zero, record);
    CHECK(cube.item() == expected);
  }
}

TEST_CASE("grad of a gradient penalty", "[transform]") {
  // d/dw |d/dx (w x²)|² = d/dw (2 w x)² = 8 w x²
  Value w = 3.0, x = 2.0;
  const Value g = grad(w * x * x, x, {.create_graph = true});
  square(g).backward();
  CHECK(w.grad().item() == 96);
}

TEST_CASE("mixed second derivatives are the same both ways", "[transform]") {
  Value x = 0.7, y = 1.3;
  const Value f = sin(x * y) * exp(x) / (1 + y * y);
  const Value fx = grad(f, x, {.create_graph = true}), fy = grad(f, y, {.create_graph = true});
  CHECK(distance(grad(fx, y).item(), grad(fy, x).item()) < 1e-15);
}

TEST_CASE("grad says what it wants", "[transform]") {
  Value x{Tensor::ones({3})};
  CHECK(message_of([&] { grad(x * x, x); }) ==
        "grad: the value has shape (3,), not (); reduce it with sum() or mean(), or pass a seed");
  CHECK(message_of([&] { grad(x * x, {x}, constant(Tensor::ones({2}))); }) ==
        "grad: the seed has shape (2,), the value (3,); they must be the same");
}
