// Leaves changed in place, as optimisers do it.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

TEST_CASE("updates of a leaf show in all its handles and later expressions", "[graph]") {
  for (const DType dtype : {float64, float32})
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{40, 50}}) {
      Value w{Tensor::full(shape, 1, dtype)};
      const Value same = w;
      w.add_(1.0).mul_(3.0).sub_(Tensor(0.5), 2);
      CHECK(identical(same.data(), Tensor::full(shape, 5, dtype)));
      CHECK(identical((w * 2.0).data(), Tensor::full(shape, 10, dtype)));
      w.copy_(Tensor::full(shape, 7));
      w.fill_(4);
      sum(w * w).backward();
      CHECK(identical(w.grad(), Tensor::full(shape, 8, dtype)));
      CHECK(w.dtype() == dtype);
    }
}

TEST_CASE("a leaf updated from itself", "[graph]") {
  Value w{Tensor::from({{1., 2.}, {3., 4.}})};
  w.add_(transpose(w.data()));
  CHECK(identical(w.data(), Tensor::from({{2., 5.}, {5., 8.}})));
  w.copy_(w.data()[0]);
  CHECK(identical(w.data(), Tensor::from({{2., 5.}, {2., 5.}})));
  w.mul_(w.data());
  CHECK(identical(w.data(), Tensor::from({{4., 25.}, {4., 25.}})));
  Value s = 3.0;
  s.mul_(s.data());
  s.add_(s.data(), -0.5);
  CHECK(s.item() == 4.5);
}

TEST_CASE("a view of a leaf follows its updates", "[graph]") {
  Value w{Tensor::from({1., 2., 3., 4.})};
  const Tensor before = reshape(w.data(), {2, 2});
  w.fill_(9);
  CHECK(identical(before, Tensor::full({2, 2}, 9)));
  const Value recorded = reshape(w, {2, 2});
  w.fill_(5);
  CHECK(identical(recorded.data(), Tensor::full({2, 2}, 5)));
  sum(recorded).backward();
  CHECK(identical(w.grad(), Tensor::ones({4})));
}

TEST_CASE("the gradient survives an update of the value", "[graph]") {
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{2000}}) {
    Value w{Tensor::full(shape, 3)};
    sum(w * w).backward();
    w.sub_(w.grad(), 0.25);
    CHECK(identical(w.grad(), Tensor::full(shape, 6)));
    sum(w * w).backward();
    CHECK(identical(w.grad(), Tensor::full(shape, 9)));
  }
}

TEST_CASE("a number that was looked at as a tensor stays a number", "[graph]") {
  Value x = 2.0;
  const Value early = x * x;
  const Tensor shown = x.data();
  const Value late = x * early;
  late.backward();
  CHECK(x.grad().item() == 12);
  CHECK(shown.item() == 2);
  const Value interior = x * 5.0;
  interior.data();
  (interior * interior + sin(interior)).backward();
  CHECK(distance(x.grad().item(), 12 + 100 + 5 * std::cos(10.0)) < 1e-15);
}

TEST_CASE("a constant in another layout cannot be updated as a leaf", "[graph]") {
  const Value c = constant(transpose(Tensor::from({{1., 2.}, {3., 4.}})));
  CHECK(message_of([&] { c.add_(1.0); }) ==
        "add_: a leaf is a view that is not contiguous; make a leaf of its clone()");
  Value x{Tensor::ones({2, 2})};
  sum(x * c).backward();
  CHECK(identical(x.grad(), Tensor::from({{1., 3.}, {2., 4.}})));
}
