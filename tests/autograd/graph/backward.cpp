// Gradients of small graphs worked out by hand.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("the expression of the front page", "[graph]") {
  Value x = 2.0, y = -3.0;
  const Value f = tanh(x * y + sin(x)) / (1.0 + exp(-y));
  f.backward();
  const double t = std::tanh(-6 + std::sin(2)), e = std::exp(3.0), d = 1 + e;
  CHECK(distance(f.item(), t / d) < 1e-15);
  CHECK(distance(x.grad().item(), (1 - t * t) * (-3 + std::cos(2)) / d) < 1e-15);
  CHECK(distance(y.grad().item(), (1 - t * t) * 2 / d + t * e / (d * d)) < 1e-15);
}

TEST_CASE("a value used more than once collects from every use", "[graph]") {
  Value x = 3.0;
  (x * x).backward();
  CHECK(x.grad().item() == 6);

  Value y = 2.0;
  (y * y * y + y).backward();
  CHECK(y.grad().item() == 13);

  Value a{Tensor::from({1., 2., 3.})};
  sum(a * a + a).backward();
  CHECK(identical(a.grad(), Tensor::from({3., 5., 7.})));

  Value b{Tensor::randn({3, 3}, 1)};
  sum(matmul(b, b)).backward();
  const Tensor ones = Tensor::ones({3, 3}), t = transpose(b.data());
  CHECK(distance(b.grad(), matmul(ones, t) + matmul(t, ones)) < 1e-14);
}

TEST_CASE("a diamond whose arms differ in length", "[graph]") {
  Value x = 0.5;
  const Value a = x * 2.0;
  Value b = a;
  for (int i = 0; i < 5; ++i) b = sin(b);
  const Value f = a * b + a;
  f.backward();
  const double h = 1e-6;
  const auto of = [](double v) {
    double a0 = 2 * v, b0 = a0;
    for (int i = 0; i < 5; ++i) b0 = std::sin(b0);
    return a0 * b0 + a0;
  };
  CHECK_THAT(x.grad().item(), WithinAbs((of(0.5 + h) - of(0.5 - h)) / (2 * h), 1e-8));
}

TEST_CASE("sixty doublings are sixty nodes", "[graph]") {
  Value x = 1.0, y = x;
  for (int i = 0; i < 60; ++i) y = y + y;
  y.backward();
  CHECK(y.item() == 0x1p60);
  CHECK(x.grad().item() == 0x1p60);

  Value a{Tensor::ones({3})}, b = a;
  for (int i = 0; i < 60; ++i) b = b + b;
  sum(b).backward();
  CHECK(identical(a.grad(), Tensor::full({3}, 0x1p60)));
  CHECK(grad(sum(b), a).data()(1) == 0x1p60);
}

TEST_CASE("numbers and tensors in one expression", "[graph]") {
  Value s = 2.0;
  Value v{Tensor::from({1., 2., 3.})};
  const Value f = sum(s * v + s) * s;
  f.backward();
  // f = s (6 s + 3 s) = 9 s²
  CHECK(f.item() == 36);
  CHECK(s.grad().item() == 36);
  CHECK(identical(v.grad(), Tensor::full({3}, 4)));
}

TEST_CASE("float32 losses back-propagate", "[graph]") {
  Value x{Tensor::from({1., 2., 3.}, float32)};
  const Value loss = sum(x * x);
  CHECK(loss.dtype() == float32);
  loss.backward();
  CHECK(x.grad().dtype() == float32);
  CHECK(identical(x.grad(), Tensor::from({2., 4., 6.}, float32)));

  Value s{Tensor(3.0).to(float32)};
  (s * s).backward();
  CHECK(identical(s.grad(), Tensor(6.0).to(float32)));

  Value wide = 2.0;
  sum(x * wide).backward();
  CHECK(wide.grad().item() == 6);
  CHECK(identical(x.grad(), Tensor::from({4., 6., 8.}, float32)));
}

TEST_CASE("numbers take on the element type of the tensor", "[graph]") {
  Value x{Tensor::ones({2}, float32)};
  CHECK((x * 2.0).dtype() == float32);
  CHECK((1 - x).dtype() == float32);
  CHECK(where(x > 0.5, x, 0.0).dtype() == float32);
  CHECK(pow(x, 2.0).dtype() == float32);
  CHECK((Tensor::ones({2}, float32) + 1.0).dtype() == float32);
  CHECK((x + Tensor::ones({2})).dtype() == float64);
  CHECK((x * Value(2.0)).dtype() == float64);
}

TEST_CASE("to() converts and lets gradients through", "[graph]") {
  Value x{Tensor::from({1.5, 2.5})};
  const Value narrow = x.to(float32);
  CHECK(narrow.dtype() == float32);
  sum(narrow * narrow).backward();
  CHECK(identical(x.grad(), Tensor::from({3., 5.})));
  CHECK(x.to(float64).is_leaf());
}

TEST_CASE("a leaf is its own gradient", "[graph]") {
  Value x = 5.0;
  x.backward();
  x.backward();
  CHECK(x.grad().item() == 2);
  Value v{Tensor::ones({3})};
  v.backward(Tensor::from({1., 2., 3.}));
  CHECK(identical(v.grad(), Tensor::from({1., 2., 3.})));
}

TEST_CASE("NaN and infinity travel through", "[graph]") {
  Value x = quiet_nan, y = 2.0;
  (x * y).backward();
  CHECK(x.grad().item() == 2);
  CHECK(std::isnan(y.grad().item()));
  Value v{Tensor::ones({3})};
  (v * 2.0).backward(Tensor::from({quiet_nan, infinity, 1.}));
  CHECK(identical(v.grad(), Tensor::from({quiet_nan, infinity, 2.})));
}
