// The mean of squared errors against its formula in other ops.
#include <tests/autograd/compare.hpp>

using namespace brickgrad;

namespace {

Value mse(const Value& x, const Value& y) { return evaluate(ops::MseLoss{}, x, y); }
Value formula(const Value& x, const Value& y) { return mean(square(x - y)); }

/// Losses, and gradients to both: added to what there is.
void check_same(const Tensor& x, const Tensor& y, double most) {
  Value a{x}, b{y}, c{x}, d{y};
  INFO("shape " << to_string(x.shape()) << ", " << dtype_name(x.dtype()));
  const Value loss = mse(a, b), expected = formula(c, d);
  CHECK(loss.dtype() == x.dtype());
  CHECK(loss.shape() == Shape());
  CHECK(distance(loss.item(), expected.item()) <= most);
  for (int pass = 0; pass < 2; ++pass) {
    loss.backward();
    expected.backward();
    CHECK(distance(a.grad(), c.grad()) <= most);
    CHECK(distance(b.grad(), d.grad()) <= most);
  }
}

}  // namespace

TEST_CASE("mse_loss is the mean of squared differences", "[ops]") {
  for (const DType dtype : {float64, float32})
    for (const std::int64_t n : {1, 2, 7, 15, 16, 17, 33, 100, 1031, 70001})
      check_same(Tensor::randn({n}, 1, dtype), Tensor::randn({n}, 2, dtype),
                 dtype == float64 ? 1e-14 : 1e-6);
  check_same(Tensor(3.0), Tensor(1.0), 0);
}

TEST_CASE("mse_loss of views, of what is put off, and of a value with itself", "[ops]") {
  const Tensor wide = Tensor::randn({9, 14}, 3);
  check_same(transpose(wide), transpose(Tensor::randn({9, 14}, 4)), 1e-14);
  check_same(slice(wide, 1, 1, 14, 3), Tensor::randn({9, 5}, 5), 1e-14);
  check_same(broadcast_to(Tensor::randn({1, 14}, 6), {9, 14}), wide, 1e-14);

  const std::int64_t n = 300000 / shrink;
  const Tensor far = Tensor::randn({n}, 7), target = Tensor::randn({n}, 8);
  Value a{far}, b{far};
  mse(sin(a) * 2.0, constant(target)).backward();
  formula(sin(b) * 2.0, constant(target)).backward();
  CHECK(distance(a.grad(), b.grad()) < 1e-14);

  Value x{wide};
  const Value same = mse(x, x);
  same.backward();
  CHECK(same.item() == 0);
  CHECK(distance(x.grad(), Tensor::zeros({9, 14})) == 0);
}

TEST_CASE("mse_loss has derivatives of all orders", "[ops]") {
  const Tensor x = Tensor::randn({3, 2}, 1), y = Tensor::randn({3, 2}, 2);
  const Value a{x}, b{y};
  const Value slope = grad(mse(a, b), a, {.create_graph = true});
  CHECK(distance(slope.data(), (x - y) * (2.0 / 6)) < 1e-15);
  const Value to_both = sum(slope * slope);
  CHECK(distance(grad(to_both, a).data(), (x - y) * (8.0 / 36)) < 1e-15);
  CHECK(distance(grad(to_both, b).data(), (y - x) * (8.0 / 36)) < 1e-15);
}

TEST_CASE("mse_loss tells of NaN, and of what does not fit", "[ops]") {
  Value x = Tensor::from({1.0, quiet_nan, 2.0});
  const Value loss = mse(x, constant(Tensor::zeros({3})));
  CHECK(std::isnan(loss.item()));
  loss.backward();
  CHECK(distance(x.grad(), Tensor::from({2.0 / 3, quiet_nan, 4.0 / 3})) < 1e-15);
  const auto message = [](const Shape& a, const Shape& b) {
    return message_of([&] { mse(Value(Tensor::ones(a)), Value(Tensor::ones(b))); });
  };
  CHECK(message({2, 3}, {3}) ==
        "mse_loss: the prediction has shape (2, 3), the target (3,); they must be the same");
  CHECK(message({0}, {0}) == "mse_loss: no elements; the mean over none is not defined");
  const Value changed{Tensor::ones({2})};
  const Value stale = mse(changed, constant(Tensor::zeros({2})));
  changed.data().mul_(3.0);
  CHECK(message_of([&] { stale.backward(); }).find("mse_loss") != std::string::npos);
}

TEST_CASE("mse_loss lets nothing through that does not flow", "[ops]") {
  for (const DType dtype : {float64, float32}) {
    // A branch that is not taken.
    Value x = Tensor::from({1.0, infinity, 2.0}).to(dtype);
    const Value loss = mse(x, constant(Tensor::from({1.0, 0.0, 1.0}).to(dtype)));
    where(Tensor::zeros({}, dtype), loss, constant(Tensor::ones({}, dtype))).backward();
    CHECK(distance(x.grad(), Tensor::zeros({3}, dtype)) == 0);
    // An error of 0 has no gradient, however steep it is from there on.
    Value y = Tensor::from({1.0, 3.0}).to(dtype);
    mse(y, constant(Tensor::ones({2}, dtype))).backward(Tensor::full({}, infinity, dtype));
    CHECK(distance(y.grad(), Tensor::from({0.0, infinity}).to(dtype)) == 0);
  }
}
