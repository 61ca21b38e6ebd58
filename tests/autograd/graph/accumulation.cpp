// What backward() leaves behind: leaf gradients add up, everything else is as it was.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("backward twice doubles the gradients of leaves and nothing else", "[graph]") {
  for (const std::int64_t n : {3, 2000}) {
    Value x{Tensor::full({n}, 3)};
    const Value y = x * x;
    y.retain_grad();
    const Value f = sum(y * y);
    f.backward();
    const Tensor once = x.grad().clone(), interior = y.grad().clone();
    CHECK(identical(once, Tensor::full({n}, 108)));
    CHECK(identical(interior, Tensor::full({n}, 18)));
    f.backward();
    CHECK(identical(x.grad(), once * 2));
    CHECK(identical(y.grad(), interior));
    CHECK(identical(x.data(), Tensor::full({n}, 3)));
    CHECK(f.item() == 81 * static_cast<double>(n));
  }
  Value x = 3.0;
  const Value y = x * x, f = y * y;
  f.backward();
  f.backward();
  CHECK(x.grad().item() == 216);
}

TEST_CASE("two roots share interior values", "[graph]") {
  for (const std::int64_t n : {1, 3, 2000}) {
    Value x{Tensor::full({n}, 2)};
    const Value shared = x * x * x;
    const Value f = sum(shared * 2.0), g = sum(shared * shared);
    f.backward();
    CHECK(identical(x.grad(), Tensor::full({n}, 24)));
    g.backward();
    // d/dx x⁶ = 6 x⁵ = 192
    CHECK(identical(x.grad(), Tensor::full({n}, 24 + 192)));
    x.zero_grad();
    shared.backward(Tensor::ones({n}));
    CHECK(identical(x.grad(), Tensor::full({n}, 12)));
  }
}

TEST_CASE("backward from an interior number", "[graph]") {
  Value x = 2.0;
  const Value y = x * x, z = sin(y) * y;
  y.backward();
  CHECK(x.grad().item() == 4);
  z.backward();
  CHECK(distance(x.grad().item(), 4 + 4 * (std::cos(4.0) * 4 + std::sin(4.0))) < 1e-15);
}

TEST_CASE("zero_grad starts anew", "[graph]") {
  for (const std::int64_t n : {1, 5, 2000}) {
    Value x{Tensor::ones({n})};
    x.zero_grad();
    CHECK(identical(x.grad(), Tensor::zeros({n})));
    sum(x * 3.0).backward();
    const Tensor held = x.grad();
    x.zero_grad();
    CHECK(identical(x.grad(), Tensor::zeros({n})));
    sum(x * 4.0).backward();
    CHECK(identical(x.grad(), Tensor::full({n}, 4)));
    CHECK(identical(held, Tensor::full({n}, 3)));
  }
  Value s = 2.0;
  (s * s).backward();
  s.zero_grad();
  CHECK(s.grad().item() == 0);
  (s * s).backward();
  CHECK(s.grad().item() == 4);
}

TEST_CASE("a gradient that is held stays what it was", "[graph]") {
  for (const std::int64_t n : {1, 5, 2000}) {
    Value x{Tensor::ones({n})};
    const Value f = sum(x * 3.0);
    f.backward();
    const Tensor held = x.grad();
    f.backward();
    CHECK(identical(held, Tensor::full({n}, 3)));
    CHECK(identical(x.grad(), Tensor::full({n}, 6)));
  }
}

TEST_CASE("a gradient can be changed in place, as clipping does", "[graph]") {
  for (const std::int64_t n : {1, 5, 2000}) {
    Value x{Tensor::ones({n})};
    sum(x * 3.0).backward();
    x.grad().mul_(0.5);
    CHECK(identical(x.grad(), Tensor::full({n}, 1.5)));
    sum(x * 3.0).backward();
    CHECK(identical(x.grad(), Tensor::full({n}, 4.5)));
  }
}

TEST_CASE("a leaf that was reached has a gradient even when it is 0", "[graph]") {
  Value x = 2.0, y{Tensor::ones({3})};
  (x * 0.0).backward();
  CHECK(x.grad().item() == 0);
  sum(y * 0.0).backward();
  CHECK(identical(y.grad(), Tensor::zeros({3})));
  Value unused = 1.0;
  CHECK_FALSE(unused.has_grad());
}

TEST_CASE("gradients of interior values are kept on request", "[graph]") {
  Value x = 2.0;
  const Value y = x * x, z = y * 3.0;
  z.backward({.retain_grad = true});
  CHECK(y.grad().item() == 3);
  CHECK(z.grad().item() == 1);

  Value v{Tensor::full({2000}, 2)};
  const Value w = v * v;
  sum(w * 3.0).backward({.retain_grad = true});
  CHECK(identical(w.grad(), Tensor::full({2000}, 3)));
}

TEST_CASE("an interior value has no gradient unless it was asked for, whatever its size",
          "[graph]") {
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{2000}}) {
    Value x{Tensor::ones(shape)};
    const Value y = x * 2.0;
    sum(y * y).backward();
    INFO(to_string(shape));
    CHECK_FALSE(y.has_grad());
    CHECK(message_of([&] { y.grad(); }) ==
          "grad: the gradient of mul was not kept: call retain_grad() on it, or "
          "backward({.retain_grad = true})");
  }
}

TEST_CASE("an adjoint that is passed on as it is leaves every gradient what it was", "[graph]") {
  const Tensor x = Tensor::randn({64, 32}, 1), seed = Tensor::randn({64, 64}, 2);
  const Tensor kept = seed.clone();
  Value w{Tensor::randn({32, 64}, 3)}, bias{Tensor::randn({64, 64}, 4)};
  const auto y = [&](const Value& whole) {
    return reshape(reshape(evaluate(ops::Linear{}, x, w, whole), {4096}), {64, 64});
  };
  // The leaf takes it over, and adds to it.
  y(bias).backward(seed);
  CHECK(identical(bias.grad(), seed));
  const Tensor held = bias.grad();
  (y(bias) * 2.0).backward(seed);
  CHECK(identical(bias.grad(), seed * 3.0));
  CHECK(identical(held, kept));
  CHECK(identical(seed, kept));
  // An interior value that has other users too, and its input.
  Value leaf{Tensor::randn({64, 64}, 5)};
  const Value inner = broadcast_to(leaf, {64, 64});
  for (const bool retain : {false, true}) {
    leaf.zero_grad();
    const Value out = y(inner), sum_of_both = out + y(inner) * 3.0 + inner;
    sum_of_both.backward(seed, {.retain_grad = retain});
    CHECK(identical(leaf.grad(), seed * 5.0));
    if (!retain) continue;
    CHECK(identical(inner.grad(), seed * 5.0));
    CHECK(identical(out.grad(), seed));
    CHECK(identical(sum_of_both.grad(), seed));
  }
  CHECK(identical(seed, kept));
}

TEST_CASE("a gradient may be written over the one that it comes from, and nobody sees it",
          "[graph]") {
  for (const DType dtype : {float64, float32})
    for (const std::int64_t n : {3, 2000, 300000}) {
      INFO(n << " elements of " << dtype_name(dtype));
      const Value x{Tensor::randn({n}, 1, dtype)}, w{Tensor::randn({n}, 2, dtype)};
      const Tensor seed = Tensor::randn({n}, 3, dtype), untouched = seed.clone();
      const Value a = tanh(x), b = a * w, c = exp(b), d = c + a;
      // By hand, from the values.
      const Tensor to_b = seed * c.data(), to_a = seed + to_b * w.data();
      const std::vector<Tensor> wanted{to_a, to_b, seed, seed};
      const Tensor to_x = to_a * (1 - a.data() * a.data()), to_w = to_b * a.data();
      const double most = dtype == float64 ? 1e-14 : 1e-5;
      const std::vector<Value> inner{a, b, c, d};
      // With none of them kept, then with one more each time.
      for (std::size_t kept = 0; kept <= inner.size(); ++kept) {
        if (kept > 0) inner[kept - 1].retain_grad();
        x.zero_grad();
        w.zero_grad();
        const Tensor held = x.grad();
        d.backward(seed);
        CHECK(distance(x.grad(), to_x) < most);
        CHECK(distance(w.grad(), to_w) < most);
        for (std::size_t i = 0; i < kept; ++i) CHECK(distance(inner[i].grad(), wanted[i]) < most);
        CHECK(identical(seed, untouched));
        CHECK(identical(held, Tensor::zeros({n}, dtype)));
      }
    }
}

TEST_CASE("gradients of reshaped values and of products by themselves", "[graph]") {
  constexpr std::int64_t n = 64;
  const Value x{Tensor::randn({n, n}, 1)};
  const Value y = tanh(reshape(exp(reshape(x, {n * n})), {n, n}));
  const Value f = sum(y * y * y);
  f.backward();
  const Tensor e = exp(x.data()), t = tanh(e);
  CHECK(distance(x.grad(), 3 * t * t * (1 - t * t) * e) < 1e-13);
}
