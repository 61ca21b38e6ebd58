// A branch that was not taken has no say: not even with an infinite derivative, at any order.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

Value safe_log(const Value& x) { return where(x > 0, log(x), 0.0); }
Value safe_sqrt(const Value& x) { return where(x > 0, sqrt(x), 0.0); }

}  // namespace

TEST_CASE("where ignores the branch it does not take", "[ops]") {
  for (const double at : {0.0, -1.0, -infinity}) {
    INFO("at " << at);
    Value x = at;
    const Value y = safe_log(x) + safe_sqrt(x);
    y.backward();
    CHECK(y.item() == 0);
    CHECK(x.grad().item() == 0);

    Value array{Tensor::from({at, 4., at, 1.})};
    sum(safe_log(array) + safe_sqrt(array)).backward();
    CHECK(identical(array.grad(), Tensor::from({0., 0.5, 0., 1.5})));
  }
}

TEST_CASE("where selects by a mask of any broadcast shape, and the mask gets no gradient",
          "[ops]") {
  const Tensor mask = Tensor::from({1., 0., -2.});
  Value a{Tensor::full({2, 3}, 5)}, b = 7.0;
  const Value y = where(mask, a, b);
  CHECK(identical(y.data(), Tensor::from({{5., 7., 5.}, {5., 7., 5.}})));
  sum(y).backward();
  CHECK(identical(a.grad(), Tensor::from({{1., 0., 1.}, {1., 0., 1.}})));
  CHECK(b.grad().item() == 2);

  Value soft_mask = 1.0, c = 3.0;
  where(soft_mask, c, 0.0).backward();
  CHECK(soft_mask.grad().item() == 0);
  CHECK(c.grad().item() == 1);
}

TEST_CASE("a branch of a reduction that was not taken, with masked rows", "[ops]") {
  const Tensor rows = Tensor::from({{0., 0.}, {-infinity, -infinity}});
  const Tensor valid = Tensor::from({1., 0.});
  Value x{rows}, z{rows};
  const Value y = sum(where(valid, logsumexp(x, 1), 0.0));
  CHECK(y.item() == Approx(std::log(2)));
  y.backward();
  CHECK(identical(x.grad(), Tensor::from({{0.5, 0.5}, {0., 0.}})));
  const Tensor nan = Tensor::from({{1., 2.}, {NAN, NAN}});
  Value w{nan};
  sum(where(valid, max(w, 1), 0.0)).backward();
  CHECK(identical(w.grad(), Tensor::from({{0., 1.}, {0., 0.}})));
  const Value g = grad(sum(where(valid, logsumexp(z, 1), 0.0)), z, {.create_graph = true});
  CHECK(identical(g.data(), x.grad()));
}

TEST_CASE("the recorded gradient ignores it too", "[ops]") {
  Value x{Tensor::from({0., 2.})};
  const Value g = grad(sum(safe_log(x)), x, {.create_graph = true});
  CHECK(identical(g.data(), Tensor::from({0., 0.5})));
  CHECK(identical(grad(sum(g), x).data(), Tensor::from({0., -0.25})));
}

TEST_CASE("second order with a coefficient that depends on x", "[ops]") {
  const Tensor H =
      hessian([](const Value& x) { return sum((x + 1) * safe_log(x)); }, Tensor::from({0., 1.}));
  // d²/dx² (x + 1) log x = 1/x - 1/x² = 0 at 1
  CHECK(distance(H, Tensor::zeros({2, 2})) < 1e-15);
}

TEST_CASE("forward mode through an unselected branch", "[ops]") {
  const auto [y, t] = jvp(safe_log, Tensor::from({0., 2.}), Tensor::from({1., 1.}));
  CHECK(identical(t, Tensor::from({0., 0.5})));
}

TEST_CASE("an infinite adjoint dies where the derivative is 0", "[ops]") {
  // sqrt has an infinite derivative at 0, but nothing of x arrives there.
  Value number = -1.0;
  sqrt(relu(number)).backward();
  CHECK(number.grad().item() == 0);
  Value array{Tensor::from({-1., 4., -3.})};
  sum(sqrt(relu(array))).backward();
  CHECK(identical(array.grad(), Tensor::from({0., 0.25, 0.})));
  CHECK(identical(grad(sum(sqrt(relu(array))), array).data(), Tensor::from({0., 0.25, 0.})));
}
